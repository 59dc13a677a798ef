package workflows_test

import (
	"math"

	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/workflow"
)

// unlimited undoes what the test environment alone does: it takes a policy
// without a limit of attempts for one of ten.
type unlimited struct {
	interceptor.WorkerInterceptorBase
}

func (*unlimited) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	in := &unlimitedInbound{}
	in.Next = next
	return in
}

type unlimitedInbound struct {
	interceptor.WorkflowInboundInterceptorBase
}

func (in *unlimitedInbound) Init(out interceptor.WorkflowOutboundInterceptor) error {
	o := &unlimitedOutbound{}
	o.Next = out
	return in.Next.Init(o)
}

type unlimitedOutbound struct {
	interceptor.WorkflowOutboundInterceptorBase
}

func (o *unlimitedOutbound) ExecuteActivity(ctx workflow.Context, name string, args ...any) workflow.Future {
	if policy := *workflow.GetActivityOptions(ctx).RetryPolicy; policy.MaximumAttempts == 0 {
		policy.MaximumAttempts = math.MaxInt32
		ctx = workflow.WithRetryPolicy(ctx, policy)
	}
	return o.Next.ExecuteActivity(ctx, name, args...)
}
