package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"makegood/events"
	"makegood/history"
	"makegood/order"
)

// Order is how an order stands: what was asked for, and its story so far.
type Order struct {
	ID        order.ID      `json:"id"`
	Status    order.Status  `json:"status"`
	Reason    *order.Reason `json:"reason" doc:"Why it did not ship, or is turning back; else null"`
	Total     int64         `json:"total" doc:"In the currency's minor unit"`
	CreatedAt time.Time     `json:"created_at"`
	order.Request
	Attention *Attention  `json:"attention,omitempty" doc:"What needs a person, of needs_attention"`
	Timeline  []Happening `json:"timeline" nullable:"false" doc:"In the order in which things happened"`
}

// Attention is what needs a person, and why.
type Attention struct {
	Step   order.Step `json:"step" doc:"The one that waits; fence is settled as ship"`
	Since  time.Time  `json:"since"`
	Detail string     `json:"detail,omitempty" doc:"The words of whoever refused it; empty if it is only late"`
}

// Happening is one entry of the timeline. Its details are those of the event
// of its type.
type Happening struct {
	Sequence   int                `json:"sequence"`
	Type       order.EventType    `json:"type"`
	Time       time.Time          `json:"time" doc:"When it took effect, as recorded where the effect is"`
	Reason     order.Reason       `json:"reason,omitempty"`
	Detail     string             `json:"detail,omitempty"`
	Shortages  []order.Shortage   `json:"shortages,omitempty"`
	Payment    *events.Payment    `json:"payment,omitempty"`
	Refund     *events.Refund     `json:"refund,omitempty"`
	Parcel     *events.Parcel     `json:"parcel,omitempty"`
	Waiting    order.Step         `json:"waiting,omitempty"`
	Settlement *events.Settlement `json:"settlement,omitempty"`
}

type orderInput struct {
	ID order.ID `path:"id" example:"ord_ifaq4ymuaebagbafaydqqcikbm"`
}

type orderOutput struct{ Body Order }

func (s *Server) registerGet(to huma.API) {
	huma.Register(to, huma.Operation{
		OperationID: "get-order", Method: http.MethodGet, Path: "/v1/orders/{id}",
		Summary: "How an order stands, with its timeline", Tags: []string{"orders"},
		Description: "Computed from the saga's history; needs no worker and no broker. 404 once Temporal's retention is over.",
		Errors:      []int{http.StatusNotFound, http.StatusServiceUnavailable},
	}, func(ctx context.Context, in *orderInput) (*orderOutput, error) {
		recorded, err := s.read(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		view, err := viewOf(recorded)
		if err != nil {
			return nil, err
		}
		return &orderOutput{Body: view}, nil
	})
}

func viewOf(recorded history.Recorded) (Order, error) {
	story := recorded.Story()
	view := Order{
		ID:        recorded.Order.ID,
		Status:    story.Status,
		Reason:    orNull(story.Reason),
		Total:     recorded.Order.Total().Amount,
		CreatedAt: recorded.Order.PlacedAt,
		Request:   recorded.Order.Request,
		Timeline:  make([]Happening, 0, len(story.Timeline)),
	}
	if waits := story.Attention; waits != nil {
		view.Attention = &Attention{Step: waits.Waiting, Since: waits.At, Detail: waits.Detail}
	}
	announced, err := events.Of(recorded.Order, story.Timeline)
	if err != nil {
		return Order{}, problem(internal, "").because(err)
	}
	for _, event := range announced {
		said, err := events.DataOf(event)
		if err != nil {
			return Order{}, problem(internal, "").because(err)
		}
		view.Timeline = append(view.Timeline, Happening{
			Sequence: event.Sequence, Type: event.Type, Time: event.Time,
			Reason: said.Reason, Detail: said.Detail, Shortages: said.Shortages,
			Payment: said.Payment, Refund: said.Refund, Parcel: said.Parcel,
			Waiting: said.Waiting, Settlement: said.Settlement,
		})
	}
	return view, nil
}

func orNull(reason order.Reason) *order.Reason {
	if reason == "" {
		return nil
	}
	return &reason
}
