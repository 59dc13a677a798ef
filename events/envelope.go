package events

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/url"
	"strconv"
	"strings"
	"time"

	"makegood/order"
)

const (
	specVersion = "1.0"
	contentType = "application/json"
)

// envelope is an event's body: a CloudEvents 1.0 event in structured JSON. Its
// members are written in this order for ever, or a repeat has other bytes.
type envelope struct {
	SpecVersion   string          `json:"specversion"`
	ID            string          `json:"id"`
	Source        string          `json:"source"`
	Type          order.EventType `json:"type"`
	Subject       order.ID        `json:"subject"`
	ContentType   string          `json:"datacontenttype"`
	Schema        string          `json:"dataschema"` // not read
	Time          time.Time       `json:"time,omitzero"`
	Data          json.RawMessage `json:"data"`
	CorrelationID order.ID        `json:"correlationid"` // not read
	Sequence      string          `json:"sequence"`
	Traceparent   string          `json:"traceparent,omitempty"`
}

// read takes from a body what an Event is made of. Other members may say
// anything.
func (e *envelope) read(body []byte) error {
	switch {
	case !json.Valid(body):
		return errors.New("it is not JSON")
	case bytes.TrimSpace(body)[0] != '{':
		return errors.New("it is not a JSON object")
	}
	for name, value := range members(body) {
		var err error
		switch string(name) {
		case "specversion":
			err = text(value, &e.SpecVersion)
		case "id":
			err = text(value, &e.ID)
		case "source":
			err = text(value, &e.Source)
		case "type":
			err = text(value, &e.Type)
		case "subject":
			err = text(value, &e.Subject)
		case "datacontenttype":
			err = text(value, &e.ContentType)
		case "time":
			e.Time, err = moment(value)
		case "sequence":
			err = text(value, &e.Sequence)
		case "traceparent":
			_ = text(value, &e.Traceparent) // an event is good without a trace
		case "data":
			e.Data = value
		case "data_base64":
			e.Data, err = binary(value)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// event refuses what CloudEvents or an order's consumers can't do without.
func (e *envelope) event() (Event, error) {
	sequence, err := strconv.Atoi(e.Sequence)
	switch {
	case e.SpecVersion != specVersion:
		return Event{}, fmt.Errorf("specversion must be %s, not %q", specVersion, e.SpecVersion)
	case blank(e.ID):
		return Event{}, errors.New("id is missing")
	case !isReference(e.Source):
		return Event{}, fmt.Errorf("event %s: source must be a URI reference, not %q", e.ID, e.Source)
	case blank(e.Type):
		return Event{}, fmt.Errorf("event %s: type is missing", e.ID)
	case !isJSON(e.ContentType):
		return Event{}, fmt.Errorf("event %s: datacontenttype must be %s, not %q", e.ID, contentType, e.ContentType)
	case err != nil || sequence < 1 || strconv.Itoa(sequence) != e.Sequence:
		return Event{}, fmt.Errorf("event %s: sequence must be decimal text from 1, not %q", e.ID, e.Sequence)
	case blank(e.Subject):
		return Event{}, fmt.Errorf("event %s: subject must be the order's id", e.ID)
	case len(e.Data) == 0:
		return Event{}, fmt.Errorf("event %s: data is missing", e.ID)
	}
	return Event{
		ID: e.ID, Type: e.Type, Subject: e.Subject, Sequence: sequence,
		Time: e.Time, Traceparent: e.Traceparent, Data: e.Data,
	}, nil
}

func blank[T ~string](value T) bool { return strings.TrimSpace(string(value)) == "" }

func isReference(source string) bool {
	u, err := url.Parse(source)
	return err == nil && u.String() != ""
}

// isJSON takes the absence of a type for JSON, as CloudEvents does.
func isJSON(media string) bool {
	if media == contentType || media == "" {
		return true
	}
	media, _, err := mime.ParseMediaType(media)
	return err == nil && (media == contentType || media == "text/json")
}
