package worker

import (
	"context"
	"errors"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
)

// failures log each attempt of an activity that failed, under its order and
// trace. The SDK's own line knows no trace; telemetry leaves it out. What is
// benign, and what fails in the lane, comes again as a regular activity or is
// an answer: it has no line.
type failures struct {
	interceptor.WorkerInterceptorBase
}

func (*failures) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	return &failing{interceptor.ActivityInboundInterceptorBase{Next: next}}
}

type failing struct {
	interceptor.ActivityInboundInterceptorBase
}

func (f *failing) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	result, err := f.Next.ExecuteActivity(ctx, in)
	if err != nil && !benign(err) && !activity.GetInfo(ctx).IsLocalActivity {
		activity.GetLogger(ctx).Error("an activity failed", "error", err)
	}
	return result, err
}

func benign(err error) bool {
	var failure *temporal.ApplicationError
	return errors.As(err, &failure) && failure.Category() == temporal.ApplicationErrorCategoryBenign
}
