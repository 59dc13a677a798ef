package events_test

import (
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2/event"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"makegood/events"
	"makegood/events/contracts"
	"makegood/order"
)

// TestAnEventHasTheBytesItAlwaysHad holds one event of each type against bytes
// on file. They may never change: a repeat of an order in flight, or a replay,
// would make other bytes under the same id.
func TestAnEventHasTheBytesItAlwaysHad(t *testing.T) {
	o := sample()
	o.CustomerID = "<b>&\"\\\u2028ü\x01\xff"
	first := map[order.EventType]string{}
	for _, name := range slices.Sorted(maps.Keys(stories)) {
		made, err := events.Of(o, order.Tell(o, stories[name]).Timeline)
		require.NoError(t, err)
		for _, e := range made {
			if first[e.Type] == "" {
				first[e.Type] = string(e.Body)
			}
		}
	}
	text, err := os.ReadFile("testdata/bodies.jsonl")
	require.NoError(t, err)
	bodies := strings.Split(strings.TrimSpace(string(text)), "\n")
	require.Len(t, bodies, len(order.EventTypes))
	for i, eventType := range slices.Sorted(slices.Values(order.EventTypes)) {
		require.Equal(t, bodies[i], first[eventType])
	}
}

func TestAnEventIsWhatDecodeReadsOfIt(t *testing.T) {
	o := sample()
	now := time.Now() // with a monotonic clock, and in this machine's zone
	for _, at := range []time.Time{{}, now, now.In(time.FixedZone("elsewhere", 7200)), placedAt} {
		entry := order.Entry{Sequence: 1, Type: order.EventPlaced, At: at}
		requireAsTheSDKMakes(t, o, entry)
	}
}

func TestAnEventThatNobodyCouldReadIsNotMade(t *testing.T) {
	entry := order.Entry{Sequence: 1, Type: order.EventPlaced, At: placedAt}
	_, err := events.Of(order.Order{}, []order.Entry{entry})
	require.ErrorContains(t, err, "subject must be the order's id")
	entry.Sequence = 0
	_, err = events.Of(sample(), []order.Entry{entry})
	require.ErrorContains(t, err, "sequence must be decimal text from 1")
}

func TestTheSDKMakesTheSameBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := sample()
		o.ID = order.ID(rapid.StringMatching(`[a-z0-9_]{1,40}`).Draw(t, "id"))
		o.CustomerID = rapid.String().Draw(t, "customer")
		o.Traceparent = rapid.SampledFrom([]string{"", sample().Traceparent}).Draw(t, "traceparent")
		seconds, nanos := rapid.Int64Range(-1e10, 1e10).Draw(t, "seconds"), rapid.Int64Range(0, 999_999_999).Draw(t, "nanos")
		entry := order.Entry{
			Sequence: rapid.IntRange(1, 1<<40).Draw(t, "sequence"),
			Type:     rapid.SampledFrom(order.EventTypes).Draw(t, "type"),
			At:       time.Unix(seconds, nanos),
			Outcome:  order.Outcome{Detail: rapid.String().Draw(t, "detail")},
		}
		requireAsTheSDKMakes(t, o, entry)
	})
}

func requireAsTheSDKMakes(t require.TestingT, o order.Order, entry order.Entry) {
	made, err := events.Of(o, []order.Entry{entry})
	require.NoError(t, err)
	require.Equal(t, string(madeBySDK(t, o, entry, made[0].Data)), string(made[0].Body))
	read, err := events.Decode(made[0].Body)
	require.NoError(t, err)
	require.Equal(t, read, made[0])
}

func madeBySDK(t require.TestingT, o order.Order, entry order.Entry, data []byte) []byte {
	contract, err := contracts.Published(string(entry.Type))
	require.NoError(t, err)
	e := cloudevents.New(cloudevents.CloudEventsVersionV1)
	e.SetID(events.ID(o.ID, entry.Sequence))
	e.SetSource(events.Source)
	e.SetType(string(entry.Type))
	e.SetSubject(string(o.ID))
	e.SetTime(entry.At.UTC())
	e.SetDataSchema(contract.URI())
	e.SetExtension("sequence", strconv.Itoa(entry.Sequence))
	e.SetExtension("correlationid", string(o.ID))
	if o.Traceparent != "" {
		e.SetExtension("traceparent", o.Traceparent)
	}
	e.SetDataContentType(cloudevents.ApplicationJSON)
	e.DataEncoded = data
	body, err := e.MarshalJSON()
	require.NoError(t, err)
	return body
}
