package api

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"makegood/events"
	"makegood/events/deadletters"
	"makegood/events/inbox"
	"makegood/order"
)

// Delivery is what became of one event at one of makegood's own consumers.
type Delivery struct {
	Consumer string          `json:"consumer" example:"email"`
	Sequence int             `json:"sequence" doc:"Of the event, as in the timeline"`
	Type     order.EventType `json:"type"`
	EventID  string          `json:"event_id"`
	State    string          `json:"state" enum:"expected,underway,handled,dead,redriving,redriven,discarded" doc:"handled: the mail or webhook went out; expected: not yet, or longer ago than the inbox remembers"`
	Letter   string          `json:"dead_letter,omitempty" doc:"The id of its dead letter, if it has one"`
}

type deliveriesOutput struct {
	Body struct {
		Items []Delivery `json:"items" nullable:"false"`
	}
}

func (s *Server) registerDeliveries(to huma.API) {
	huma.Register(to, huma.Operation{
		OperationID: "list-order-deliveries", Method: http.MethodGet, Path: "/v1/orders/{id}/deliveries",
		Summary: "What became of an order's events: mails and webhooks", Tags: []string{"orders"},
		Description: "Of makegood's own consumers, from their inbox and the index of dead letters in Redis; in the order of the timeline.",
		Errors:      []int{http.StatusNotFound, http.StatusServiceUnavailable},
	}, s.deliveries)
}

func (s *Server) deliveries(ctx context.Context, in *orderInput) (*deliveriesOutput, error) {
	recorded, err := s.read(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := &deliveriesOutput{}
	out.Body.Items = []Delivery{}
	if s.cfg.Inbox == nil {
		return out, nil
	}
	var asked []inbox.Record
	for _, entry := range recorded.Story().Timeline {
		for _, c := range s.cfg.Consumers {
			if len(c.Types) == 0 || slices.Contains(c.Types, entry.Type) {
				id := events.ID(in.ID, entry.Sequence)
				asked = append(asked, inbox.Record{Consumer: c.Name, EventID: id})
				out.Body.Items = append(out.Body.Items, Delivery{Consumer: c.Name, Sequence: entry.Sequence, Type: entry.Type, EventID: id})
			}
		}
	}
	states, err := s.cfg.Inbox.Look(ctx, asked)
	if err != nil {
		return nil, problem(unavailable, "the inbox doesn't answer; try again").because(err).again()
	}
	for i := range out.Body.Items {
		if err := s.judge(ctx, &out.Body.Items[i], states[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// judge looks for the dead letter of an event that was not handled.
func (s *Server) judge(ctx context.Context, d *Delivery, is inbox.State) error {
	d.State = string(is)
	if is == inbox.Handled {
		return nil
	}
	letter, err := s.letters.Get(ctx, d.Consumer+"."+d.EventID)
	switch {
	case errors.Is(err, deadletters.ErrUnknown):
		return nil
	case err != nil:
		return fromLetters(err)
	}
	d.Letter, d.State = letter.ID, string(letter.State)
	return nil
}
