package api

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"makegood/history"
	"makegood/order"
	"makegood/workflows"
)

type settleInput struct {
	ID   order.ID `path:"id" example:"ord_ifaq4ymuaebagbafaydqqcikbm"` // huma can't fill an embedded orderInput
	Body Word
}

// Word is what an operator says of an order that needs attention.
type Word struct {
	Action    workflows.Action `json:"action" enum:"retry,settled" doc:"retry tries the step that waits again now; settled declares it made good by hand"`
	Step      order.Step       `json:"step,omitempty" enum:"refund,release,ship,commit,charge,reserve" doc:"Of settled: the step that waits; ship for whatever waits at the carrier"`
	By        string           `json:"by,omitempty" maxLength:"255" example:"ada" doc:"Of settled: who says so"`
	Note      string           `json:"note,omitempty" maxLength:"1000" example:"paid back by bank transfer" doc:"Of settled: why, and what was done"`
	Reference string           `json:"reference,omitempty" maxLength:"255" example:"TX-2026-118" doc:"Of settled: under which it is found elsewhere"`
}

// Resolve says which members an action needs.
func (in *settleInput) Resolve(huma.Context) []error {
	b := in.Body
	var wrong []error
	members := []struct{ name, value string }{{"step", string(b.Step)}, {"by", b.By}, {"note", b.Note}, {"reference", b.Reference}}
	for _, m := range members {
		switch given := strings.TrimSpace(m.value) != ""; {
		case b.Action == workflows.Settled && !given:
			wrong = append(wrong, &huma.ErrorDetail{Location: "body." + m.name, Message: "is required with action settled"})
		case b.Action == workflows.Retry && m.value != "":
			wrong = append(wrong, &huma.ErrorDetail{Location: "body." + m.name, Message: "is taken with action settled alone"})
		}
	}
	return wrong
}

func (s *Server) registerSettle(to huma.API) {
	huma.Register(to, huma.Operation{
		OperationID: "settle-order", Method: http.MethodPost, Path: "/v1/orders/{id}/settle",
		Summary: "Say what is to become of an order that needs attention", Tags: []string{"orders"},
		DefaultStatus: http.StatusAccepted, MaxBodyBytes: bodyLimit + 1, BodyReadTimeout: bodyTimeout,
		Description: "202 means recorded. The saga acts on it once the attempt under way has ended, within some 15 s; if that succeeds, the word was not needed. " +
			"The same word again is taken again. Unlike a cancel, it needs a worker: without one the answer is 503.",
		Errors: []int{http.StatusBadRequest, http.StatusNotFound, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusServiceUnavailable},
	}, s.settle)
}

// settle gives the operator's word to the saga, or to what unwinds it.
func (s *Server) settle(ctx context.Context, in *settleInput) (*cancelOutput, error) {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), cancelTimeout)
	defer stop()
	before, err := s.read(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	word := workflows.Word{Action: in.Body.Action, Step: in.Body.Step, By: in.Body.By, Note: in.Body.Note, Reference: in.Body.Reference}
	if err := s.say(ctx, before, word); err != nil {
		return nil, err
	}
	out := &cancelOutput{Body: Placed{ID: in.ID, Status: before.Story().Status}}
	if after, err := s.read(ctx, in.ID); err == nil { // else it is recorded all the same
		out.Body.Status = after.Story().Status
	}
	return out, nil
}

// say gives the word to the workflow that is at work on the order. What its
// history shows to be in vain needs no worker to be refused.
func (s *Server) say(ctx context.Context, before history.Recorded, word workflows.Word) error {
	if done, err := heard(before, word); done || err != nil {
		return err
	}
	err := s.update(ctx, before.Workflow, workflows.SettleUpdate, word)
	switch {
	case err == nil, isProblem(err):
		return err
	case !isUnknown(err):
		return fromTemporal(err)
	}
	after, err := s.read(ctx, before.Order.ID) // the workflow closed meanwhile
	if err != nil {
		return err
	}
	if done, err := heard(after, word); done || err != nil {
		return err
	}
	return problem(nothingToSettle, "the order's workflow was ended from outside; once the audit unwinds it, say it again")
}

// heard tells whether the word was recorded before, or refuses it if nothing
// waits for one.
func heard(recorded history.Recorded, word workflows.Word) (bool, error) {
	if word.In(recorded.Outcomes) {
		return true, nil // its answer was lost
	}
	if status := recorded.Story().Status; status != order.NeedsAttention {
		return false, problem(nothingToSettle, "the order is "+string(status)+" and waits for nobody")
	}
	return false, nil
}

func isProblem(err error) bool {
	var p *Problem
	return errors.As(err, &p)
}
