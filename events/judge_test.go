package events_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"mime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	cloudevents "github.com/cloudevents/sdk-go/v2/event"
	"github.com/stretchr/testify/require"

	"makegood/events"
	"makegood/order"
)

// judged reads a body by the CloudEvents SDK.
func judged(body []byte) (read events.Event, err error) {
	defer func() {
		if p := recover(); p != nil { // it panics at {"data_base64":1}
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	var e cloudevents.Event
	if err := json.Unmarshal(body, &e); err != nil {
		return events.Event{}, err
	}
	if err := e.Validate(); err != nil {
		return events.Event{}, err
	}
	text, _ := e.Extensions()["sequence"].(string)
	sequence, err := strconv.Atoi(text)
	if err != nil || sequence < 1 || strconv.Itoa(sequence) != text || e.Subject() == "" || len(e.Data()) == 0 {
		return events.Event{}, errors.New("it is no event of an order")
	}
	traceparent, _ := e.Extensions()["traceparent"].(string)
	return events.Event{
		ID: e.ID(), Type: order.EventType(e.Type()), Subject: order.ID(e.Subject()), Sequence: sequence,
		Time: e.Time(), Traceparent: traceparent, Data: e.Data(),
	}, nil
}

// read names the members that Decode reads.
var read = []string{
	"specversion", "id", "source", "type", "subject", "time", "datacontenttype", "sequence", "traceparent", "data", "data_base64",
}

// requireJudged holds Decode against the SDK: what the SDK takes Decode reads
// as it does, and what Decode takes so does the SDK, once the members that
// Decode doesn't read are gone.
func requireJudged(t testing.TB, body []byte) {
	t.Helper()
	var said object
	if err := json.Unmarshal(body, &said); err != nil || said == nil {
		_, err := events.Decode(body)
		require.Error(t, err)
		return
	}
	got, err := events.Decode(body)
	if want, refused := judged(body); refused == nil && !differs(body, said) {
		require.NoError(t, err, "%s", body)
		requireSame(t, want, got)
	}
	if err != nil {
		require.True(t, events.IsPermanent(err), "a body never gets better: %v", err)
		return
	}
	if !utf8.Valid(body) || twice(body) {
		return
	}
	maps.DeleteFunc(said, func(name string, _ json.RawMessage) bool { return !slices.Contains(read, name) })
	if text := string(said["traceparent"]); !strings.HasPrefix(text, `"`) {
		delete(said, "traceparent")
	}
	if len(said["data"]) > 0 {
		got.Data, err = json.Marshal(got.Data) // as it is done to said's
		require.NoError(t, err)
	}
	if media, _, err := mime.ParseMediaType(said.text("datacontenttype")); err == nil {
		said["datacontenttype"] = json.RawMessage(strconv.Quote(media)) // in lower case: the SDK knows no other
	}
	known, err := json.Marshal(said)
	require.NoError(t, err)
	want, err := judged(known)
	require.NoError(t, err, "%s", body)
	requireSame(t, want, got)
}

// requireSame looks at times as they are written, and at data without the spaces
// around it.
func requireSame(t testing.TB, want, got events.Event) {
	t.Helper()
	said := func(e events.Event) string {
		return fmt.Sprintf("%q %q %q %d %s %q %q", e.ID, e.Type, e.Subject, e.Sequence,
			e.Time.Format(time.RFC3339Nano), e.Traceparent, bytes.TrimSpace(e.Data))
	}
	require.Equal(t, said(want), said(got), "%s", got.Body)
}

// differs tells what the SDK takes and Decode is free to read otherwise: see
// docs/adr/0020.
func differs(body []byte, said object) bool {
	for name := range said {
		lower := strings.ToLower(name)
		if name == "" || name != lower && slices.Contains(read, lower) {
			return true
		}
	}
	return !utf8.Valid(body) || twice(body, read...) || said.text("specversion") != "1.0" ||
		!slices.Contains([]string{"", "application/json", "text/json"}, said.text("datacontenttype")) ||
		said["data_base64"] != nil && said["data_base64"][0] != '"'
}

// object is a body's members by name.
type object map[string]json.RawMessage

func (o object) text(name string) (value string) {
	_ = json.Unmarshal(o[name], &value)
	return value
}

// twice tells whether a body may have a member, or data in both forms, more than
// once. The SDK takes the first or the last by where they stand.
func twice(body []byte, names ...string) bool {
	count := func(name string) int { return bytes.Count(body, []byte(`"`+name+`"`)) }
	return count("data")+count("data_base64") > 1 ||
		slices.ContainsFunc(names, func(name string) bool { return count(name) > 1 })
}
