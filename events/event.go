package events

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2/event"

	"makegood/events/contracts"
	"makegood/order"
)

// Source is the CloudEvents source of every event.
const Source = "makegood"

// Extension attributes, beside those of CloudEvents itself.
const (
	sequenceAttribute    = "sequence"
	correlationAttribute = "correlationid"
	traceparentAttribute = "traceparent"
)

// Event is one event as it travels: the attributes that a router needs beside
// the body, which is a CloudEvents 1.0 event in structured JSON.
type Event struct {
	// ID is the same for every attempt to publish the event.
	ID      string
	Type    order.EventType
	Subject order.ID
	// Sequence counts an order's events from 1 without gaps.
	Sequence int
	// Time is when it happened, as recorded where the effect is.
	Time        time.Time
	Traceparent string
	// Data is the body's data member, read by DataOf.
	Data json.RawMessage
	Body []byte
}

// ID derives the id of an order's event.
func ID(id order.ID, sequence int) string {
	sum := sha256.Sum256([]byte("makegood/event/" + string(id) + "/" + strconv.Itoa(sequence)))
	return hex.EncodeToString(sum[:16])
}

// Of makes the events of timeline entries. It is pure, and an entry makes the
// same bytes whichever entries it comes with, so that a repeat is a repeat.
func Of(o order.Order, entries []order.Entry) ([]Event, error) {
	made := make([]Event, 0, len(entries))
	for _, entry := range entries {
		e, err := of(o, entry)
		if err != nil {
			return nil, fmt.Errorf("make event %d (%s) of order %s: %w", entry.Sequence, entry.Type, o.ID, err)
		}
		made = append(made, e)
	}
	return made, nil
}

func of(o order.Order, entry order.Entry) (Event, error) {
	contract, err := contracts.Published(string(entry.Type))
	if err != nil {
		return Event{}, err
	}
	e := cloudevents.New(cloudevents.CloudEventsVersionV1)
	e.SetID(ID(o.ID, entry.Sequence))
	e.SetSource(Source)
	e.SetType(string(entry.Type))
	e.SetSubject(string(o.ID))
	e.SetTime(entry.At.UTC())
	e.SetDataSchema(contract.URI())
	e.SetExtension(sequenceAttribute, strconv.Itoa(entry.Sequence))
	e.SetExtension(correlationAttribute, string(o.ID))
	if o.Traceparent != "" {
		e.SetExtension(traceparentAttribute, o.Traceparent)
	}
	if err := e.SetData(cloudevents.ApplicationJSON, tell(o, entry)); err != nil {
		return Event{}, err
	}
	body, err := e.MarshalJSON()
	if err != nil {
		return Event{}, err
	}
	return Decode(body)
}

// Decode reads an event in structured JSON. Its errors are permanent: no later
// attempt reads the same bytes better.
func Decode(body []byte) (Event, error) {
	var e cloudevents.Event
	// As json.Unmarshal would, with one look at each byte less: the library's own
	// reader takes some texts that are no JSON.
	if !json.Valid(body) {
		return Event{}, Permanent(errors.New("decode event: it is not JSON"))
	}
	if err := e.UnmarshalJSON(body); err != nil {
		return Event{}, Permanent(fmt.Errorf("decode event: %w", err))
	}
	if err := e.Validate(); err != nil {
		return Event{}, Permanent(fmt.Errorf("decode event: %w", err))
	}
	extensions := e.Extensions()
	text, _ := extensions[sequenceAttribute].(string)
	sequence, err := strconv.Atoi(text)
	switch {
	case err != nil || sequence < 1 || strconv.Itoa(sequence) != text:
		return Event{}, Permanent(fmt.Errorf("decode event %s: sequence must be decimal text from 1, not %q", e.ID(), text))
	case e.Subject() == "":
		return Event{}, Permanent(fmt.Errorf("decode event %s: subject must be the order's id", e.ID()))
	case len(e.Data()) == 0:
		return Event{}, Permanent(errors.New("decode event " + e.ID() + ": data is missing"))
	}
	traceparent, _ := extensions[traceparentAttribute].(string)
	return Event{
		ID: e.ID(), Type: order.EventType(e.Type()), Subject: order.ID(e.Subject()),
		Sequence: sequence, Time: e.Time(), Traceparent: traceparent,
		Data: e.Data(), Body: body,
	}, nil
}
