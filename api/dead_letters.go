package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"makegood/events/deadletters"
	"makegood/order"
)

// LetterPath is the part of a path that names a dead letter.
type LetterPath struct {
	ID string `path:"id" maxLength:"200" example:"email.0b6a1d0c53c6bb1ac6c0a1c7c3a5d2f4"`
}

type listLettersInput struct {
	Consumer string            `query:"consumer" maxLength:"63" doc:"Only letters of this consumer"`
	Type     order.EventType   `query:"type" enum:"order.placed,payment.charged,payment.declined,payment.refunded,stock.reserved,stock.rejected,stock.released,shipment.scheduled,shipment.rejected,order.needs_attention,compensation.settled,order.completed,order.rejected,order.cancelled" doc:"Only letters of events of this type"`
	OrderID  order.ID          `query:"order_id" maxLength:"100" doc:"Only letters of this order"`
	Reason   string            `query:"reason" enum:"permanent,attempts,delivery_limit,rejected" doc:"Only letters that died for this reason"`
	State    deadletters.State `query:"state" enum:"dead,redriving,redriven,discarded" doc:"Only letters in this state; without it, those that are dead or redriving"`
	Cursor   string            `query:"cursor" maxLength:"20" doc:"The next_cursor of the page before"`
	Limit    int               `query:"limit" minimum:"1" maximum:"100" default:"50"`
}

// Resolve sees what huma overlooks: an unknown parameter, or one given twice.
func (*listLettersInput) Resolve(ctx huma.Context) []error { return checkQuery(ctx) }

type listLettersOutput struct{ Body LetterPage }

// LetterPage is a page of dead letters, newest first.
type LetterPage struct {
	Items      []deadletters.Letter `json:"items" nullable:"false"`
	NextCursor string               `json:"next_cursor" doc:"Empty on the last page"`
}

type letterOutput struct{ Body deadletters.Letter }

type wholeLetterOutput struct{ Body WholeLetter }

// WholeLetter is a dead letter with what died.
type WholeLetter struct {
	deadletters.Letter
	Event json.RawMessage `json:"event,omitempty" doc:"The event as it was published; missing if it is no JSON, or was redriven"`
	Raw   []byte          `json:"raw,omitempty" doc:"What died, in base64, if it is no JSON"`
}

func (s *Server) registerDeadLetters(to huma.API) {
	huma.Register(to, huma.Operation{
		OperationID: "list-dead-letters", Method: http.MethodGet, Path: "/v1/dead-letters",
		Summary: "Events that their consumers could not handle, newest first", Tags: []string{"dead letters"},
		Description: "A letter that stays on the list is on exactly one page; one that dies again moves to the front. " +
			"Where few letters match, a page may have fewer than its limit, or none, and a next_cursor all the same. " +
			"What to do with them is in docs/dead-letters.md.",
		Errors: []int{http.StatusServiceUnavailable},
	}, s.listLetters)
	huma.Register(to, huma.Operation{
		OperationID: "get-dead-letter", Method: http.MethodGet, Path: "/v1/dead-letters/{id}",
		Summary: "A dead letter with its event", Tags: []string{"dead letters"},
		Description: "The event holds what its contract says, the customer's mail address for one.",
		Errors:      []int{http.StatusNotFound, http.StatusServiceUnavailable},
	}, s.getLetter)
	s.registerRedrive(to)
	s.registerDiscard(to)
}

func (s *Server) listLetters(ctx context.Context, in *listLettersInput) (*listLettersOutput, error) {
	f := deadletters.Filter{Consumer: in.Consumer, Type: in.Type, OrderID: in.OrderID, Reason: in.Reason, State: in.State}
	page, err := s.letters.List(ctx, f, in.Cursor, in.Limit)
	if err != nil {
		return nil, fromLetters(err)
	}
	return &listLettersOutput{Body: LetterPage{Items: append([]deadletters.Letter{}, page.Items...), NextCursor: page.NextCursor}}, nil
}

func (s *Server) getLetter(ctx context.Context, in *LetterPath) (*wholeLetterOutput, error) {
	l, err := s.letters.Get(ctx, in.ID)
	if err != nil {
		return nil, fromLetters(err)
	}
	out := &wholeLetterOutput{Body: WholeLetter{Letter: l}}
	if json.Valid(l.Body) {
		out.Body.Event = l.Body
	} else {
		out.Body.Raw = l.Body
	}
	return out, nil
}

// fromLetters makes a problem of what the index says.
func fromLetters(err error) *Problem {
	switch {
	case errors.Is(err, deadletters.ErrUnknown):
		return problem(notFound, "there is no such dead letter")
	case errors.Is(err, deadletters.ErrCursor):
		return invalidFields(FieldProblem{Field: "cursor", Message: "must be the next_cursor of a page"})
	case errors.Is(err, deadletters.ErrRedriven):
		return problem(alreadyRedriven, "its consumer has the event back, or is about to: it can't be discarded any more")
	case errors.Is(err, deadletters.ErrDiscarded):
		return problem(alreadyDiscarded, wordsOf(err, deadletters.ErrDiscarded))
	default:
		return problem(unavailable, "the index of dead letters doesn't answer; try again").because(err).again()
	}
}
