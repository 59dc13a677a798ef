package soak

import (
	"context"
	"time"

	temporal "go.temporal.io/sdk/client"

	"makegood/history"
	"makegood/order"
	"makegood/workflows"
)

const (
	// rounds is how often the operator looks at the list.
	rounds = time.Second
	// hearing is how long a worker may take to hear the operator.
	hearing = 3 * time.Second
)

// operate is the person who looks after orders that need attention, until ctx
// ends: each is tried again as often as the plan says, and what was refused for
// good is then settled by hand. What goes unheard is said again next time.
func (r *run) operate(ctx context.Context) {
	said := map[order.ID]int{}
	for pause(ctx, rounds) {
		waiting, err := r.system.Listed(ctx, "ExecutionStatus='Running' AND SagaStatus='needs_attention'")
		if err != nil && ctx.Err() == nil {
			r.print("the operator can't see the list: %v", err)
		}
		for _, id := range waiting {
			if s := r.saleOf(workflows.OrderOf(string(id))); s != nil {
				r.look(ctx, s, string(id), said)
			}
		}
	}
}

func (r *run) look(ctx context.Context, s *sale, workflowID string, said map[order.ID]int) {
	word := workflows.Word{Action: workflows.Retry}
	if said[s.ID] >= s.Retries {
		if word = r.settling(ctx, s); word.Step == "" {
			return
		}
	}
	said[s.ID]++
	ctx, cancel := context.WithTimeout(ctx, hearing)
	defer cancel()
	handle, err := r.system.Temporal.UpdateWorkflow(ctx, temporal.UpdateWorkflowOptions{
		WorkflowID: workflowID, UpdateName: workflows.SettleUpdate, Args: []any{word},
		WaitForStage: temporal.WorkflowUpdateStageCompleted,
	})
	if err == nil {
		err = handle.Get(ctx, nil)
	}
	s.note("the operator says %s %s: %v", word.Action, word.Step, err)
}

// settling is the word on what is refused for good; the zero Word if the order
// waits for something that works again by itself.
func (r *run) settling(ctx context.Context, s *sale) workflows.Word {
	recorded, err := history.Read(ctx, r.system.Temporal, s.ID)
	if err != nil || s.ByHand == "" || recorded.Story().Next != s.ByHand {
		return workflows.Word{}
	}
	step := s.ByHand
	if step == order.Fence {
		step = order.Ship
	}
	return workflows.Word{Action: workflows.Settled, Step: step, By: "the soak", Note: "refused for good", Reference: "soak"}
}
