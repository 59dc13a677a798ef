package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"makegood/events/deadletters"
	"makegood/order"
)

type redriveInput struct {
	Body struct {
		All      bool            `json:"all,omitempty" doc:"Every dead letter; else at least one of the filters is needed"`
		Consumer string          `json:"consumer,omitempty" maxLength:"63" example:"email" doc:"Only letters of this consumer"`
		Type     order.EventType `json:"type,omitempty" enum:"order.placed,payment.charged,payment.declined,payment.refunded,stock.reserved,stock.rejected,stock.released,shipment.scheduled,shipment.rejected,order.needs_attention,compensation.settled,order.completed,order.rejected,order.cancelled" doc:"Only letters of events of this type"`
		OrderID  order.ID        `json:"order_id,omitempty" maxLength:"100" doc:"Only letters of this order"`
		Reason   string          `json:"reason,omitempty" enum:"permanent,attempts,delivery_limit,rejected" doc:"Only letters that died for this reason"`
		Cursor   string          `json:"cursor,omitempty" maxLength:"20" doc:"The next_cursor of the answer before"`
	}
}

// Resolve refuses to redrive everything unless that is asked for: a filter that
// a script left empty would.
func (in *redriveInput) Resolve(huma.Context) []error {
	switch filtered := in.filter() != (deadletters.Filter{}); {
	case filtered && in.Body.All:
		return []error{&huma.ErrorDetail{Location: "body.all", Message: "is taken without consumer, type, order_id and reason"}}
	case !filtered && !in.Body.All:
		return []error{&huma.ErrorDetail{Location: "body.all", Message: "must be true to redrive every dead letter; else give consumer, type, order_id or reason"}}
	}
	return nil
}

func (in *redriveInput) filter() deadletters.Filter {
	return deadletters.Filter{Consumer: in.Body.Consumer, Type: in.Body.Type, OrderID: in.Body.OrderID, Reason: in.Body.Reason}
}

type redriveOutput struct{ Body Redriving }

// Redriving is how many letters are redriven, as asked.
type Redriving struct {
	Count      int    `json:"count" doc:"How many letters became redriving by this request"`
	NextCursor string `json:"next_cursor" doc:"Ask again with it: there may be more. Empty at the end"`
}

func (s *Server) registerRedrive(to huma.API) {
	huma.Register(to, huma.Operation{
		OperationID: "redrive-dead-letter", Method: http.MethodPost, Path: "/v1/dead-letters/{id}/redrive",
		Summary: "Give a dead letter back to its consumer", Tags: []string{"dead letters"}, DefaultStatus: http.StatusAccepted,
		Description: "202 means recorded: its consumer gets the event, under the same id, once that and the broker are there. " +
			"An effect that took place is not repeated. An event that fails again is a dead letter again. " +
			"It is safe to repeat: a letter that is redriving or redriven stays so.",
		Errors: []int{http.StatusNotFound, http.StatusConflict, http.StatusServiceUnavailable},
	}, func(ctx context.Context, in *LetterPath) (*letterOutput, error) {
		l, err := s.letters.Redrive(ctx, in.ID)
		if err != nil {
			return nil, fromLetters(err)
		}
		return &letterOutput{Body: l}, nil
	})
	huma.Register(to, huma.Operation{
		OperationID: "redrive-dead-letters", Method: http.MethodPost, Path: "/v1/dead-letters/redrive",
		Summary: "Give all dead letters that match back to their consumers", Tags: []string{"dead letters"}, DefaultStatus: http.StatusAccepted,
		MaxBodyBytes: bodyLimit + 1, BodyReadTimeout: bodyTimeout,
		Description: "As of one letter, some thousand at a time: while the answer has a next_cursor, ask again with it as cursor. " +
			"Letters that die after the first request are none of them.",
		Errors: []int{http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusServiceUnavailable},
	}, func(ctx context.Context, in *redriveInput) (*redriveOutput, error) {
		n, next, err := s.letters.RedriveAll(ctx, in.filter(), in.Body.Cursor)
		if err != nil {
			return nil, fromLetters(err)
		}
		return &redriveOutput{Body: Redriving{Count: n, NextCursor: next}}, nil
	})
}
