package matrix_test

import (
	"time"

	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/workflow"

	"makegood/order"
)

// shortDeadline is what a step has that is to run out of time. Every other step
// has the usual ten minutes, lest a busy machine turns its order back.
const shortDeadline = 10 * time.Second

// InterceptWorkflow gives each cell its deadlines.
func (*striker) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	in := &sagaIn{}
	in.Next = next
	return in
}

type sagaIn struct {
	interceptor.WorkflowInboundInterceptorBase
}

func (s *sagaIn) Init(next interceptor.WorkflowOutboundInterceptor) error {
	out := &sagaOut{}
	out.Next = next
	return s.Next.Init(out)
}

type sagaOut struct {
	interceptor.WorkflowOutboundInterceptorBase
}

func (s *sagaOut) ExecuteActivity(ctx workflow.Context, name string, args ...any) workflow.Future {
	if o, ok := args[0].(order.Order); ok && runsOut(o, name) {
		options := workflow.GetActivityOptions(ctx)
		options.ScheduleToCloseTimeout = min(options.ScheduleToCloseTimeout, shortDeadline)
		options.StartToCloseTimeout = min(options.StartToCloseTimeout, shortDeadline)
		ctx = workflow.WithActivityOptions(ctx, options)
	}
	return s.Next.ExecuteActivity(ctx, name, args...)
}

func runsOut(o order.Order, activity string) bool {
	c, ok := cells[o.CustomerID]
	return ok && c.row.turn == deadline && activity == activityOf[c.row.step]
}
