package events

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"makegood/events/contracts"
	"makegood/order"
)

// Source is the CloudEvents source of every event.
const Source = "makegood"

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
	data, err := json.Marshal(tell(o, entry))
	if err != nil {
		return Event{}, err
	}
	wire := envelope{
		SpecVersion: specVersion, ID: ID(o.ID, entry.Sequence), Source: Source,
		Type: entry.Type, Subject: o.ID, ContentType: contentType, Schema: contract.URI(),
		Time: entry.At.UTC(), Data: data, CorrelationID: o.ID, Sequence: strconv.Itoa(entry.Sequence), Traceparent: o.Traceparent,
	}
	e, err := wire.event()
	if err != nil {
		return Event{}, err
	}
	e.Body, err = json.Marshal(wire)
	return e, err
}

// Decode reads an event in structured JSON. Its errors are permanent: no later
// attempt reads the same bytes better. The event shares the body's bytes.
func Decode(body []byte) (Event, error) {
	var wire envelope
	if err := wire.read(body); err != nil {
		return Event{}, Permanent(fmt.Errorf("decode event: %w", err))
	}
	e, err := wire.event()
	if err != nil {
		return Event{}, Permanent(fmt.Errorf("decode event: %w", err))
	}
	e.Body = body
	return e, nil
}
