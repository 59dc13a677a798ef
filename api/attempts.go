package api

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"makegood/history"
	"makegood/workflows"
)

// OrderWork is what Temporal has had done for an order.
type OrderWork struct {
	WorkflowID  string    `json:"workflow_id" doc:"The workflow that is, or was last, at work on the order"`
	RunID       string    `json:"run_id"`
	WebUI       string    `json:"web_ui,omitempty" format:"uri" doc:"Its page in the Temporal Web UI, if WEB_UI_URL is set"`
	FailingTask int       `json:"failing_workflow_task,omitempty" minimum:"2" doc:"The attempt that its workflow task is at, if the ones before failed or ran out of time: the workers can't go on with it, or one died"`
	Attempts    []Attempt `json:"attempts" nullable:"false" doc:"In the order in which they were asked for"`
}

// Attempt is one activity, however many attempts it took.
type Attempt struct {
	Workflow    string        `json:"workflow" doc:"Order, or Unwind of an order that was ended from outside"`
	Activity    string        `json:"activity" example:"Charge" doc:"Charge, Reserve, Ship, Commit; their undos Refund, Release, Fence; Publish; Recall"`
	State       history.State `json:"state" enum:"scheduled,running,waiting,done,failed,timed_out,cancelled" doc:"waiting is for the next attempt; failed, for good: a refusal, most often"`
	Attempts    int           `json:"attempts" doc:"How many have begun"`
	InLane      bool          `json:"in_lane" doc:"Whether it was a local activity of the first workflow task: its times are then one"`
	ScheduledAt time.Time     `json:"scheduled_at"`
	EndedAt     *time.Time    `json:"ended_at,omitempty"`
	NextAt      *time.Time    `json:"next_at,omitempty" doc:"When the next attempt begins, of waiting"`
	LastFailure string        `json:"last_failure,omitempty" doc:"What the last failed attempt said"`
}

type workOutput struct{ Body OrderWork }

func (s *Server) registerAttempts(to huma.API) {
	huma.Register(to, huma.Operation{
		OperationID: "get-order-attempts", Method: http.MethodGet, Path: "/v1/orders/{id}/attempts",
		Summary: "What Temporal has had done for an order, with attempts and failures", Tags: []string{"orders"},
		Description: "For operators: the activities behind the timeline, those under way included. The names are those of the Temporal Web UI. Needs no worker.",
		Errors:      []int{http.StatusNotFound, http.StatusServiceUnavailable},
	}, s.attempts)
}

func (s *Server) attempts(ctx context.Context, in *orderInput) (*workOutput, error) {
	recorded, err := s.read(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := &workOutput{Body: OrderWork{Attempts: []Attempt{}}}
	kinds := []struct{ workflow, id string }{{workflows.OrderWorkflow, string(in.ID)}}
	if recorded.Workflow != string(in.ID) {
		kinds = append(kinds, struct{ workflow, id string }{workflows.UnwindWorkflow, recorded.Workflow})
	}
	for _, kind := range kinds {
		work, err := history.Attempts(ctx, s.temporal, kind.id)
		switch {
		case history.IsMissing(err): // forgotten, and what unwinds it is there still
			continue
		case err != nil:
			return nil, fromTemporal(err)
		}
		out.Body.WorkflowID, out.Body.RunID, out.Body.FailingTask = kind.id, work.RunID, work.FailingTask
		for _, a := range work.Activities {
			out.Body.Attempts = append(out.Body.Attempts, Attempt{
				Workflow: kind.workflow, Activity: a.Type, State: a.State, Attempts: a.Attempts, InLane: a.InLane,
				ScheduledAt: a.ScheduledAt, EndedAt: orNever(a.EndedAt), NextAt: orNever(a.NextAt), LastFailure: a.LastFailure,
			})
		}
	}
	out.Body.WebUI = s.webUI(out.Body.WorkflowID, out.Body.RunID)
	return out, nil
}

// webUI is the page of a run in the Temporal Web UI.
func (s *Server) webUI(workflow, run string) string {
	if s.cfg.WebUI == "" {
		return ""
	}
	page, err := url.JoinPath(s.cfg.WebUI, "namespaces", url.PathEscape(s.cfg.Namespace), "workflows", url.PathEscape(workflow), run, "history")
	if err != nil {
		return ""
	}
	return page
}

func orNever(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
