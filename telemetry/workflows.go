package telemetry

import (
	"context"
	"strings"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
	"go.temporal.io/sdk/contrib/opentelemetry"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/workflow"
)

// WorkflowInterceptors carry the trace of who starts a workflow on to it and
// to its activities, in Temporal's headers. They are for a client, whose workers
// have them too. Nothing that a workflow decides depends on them.
func WorkflowInterceptors() ([]interceptor.ClientInterceptor, error) {
	spans, err := opentelemetry.NewTracingInterceptor(opentelemetry.TracerOptions{
		Tracer: Tracer, TextMapPropagator: W3C, SpanStarter: startTemporal,
		DisableBaggage: true, AllowInvalidParentSpans: true,
		// Neither is told from its replay.
		DisableQueryTracing: true, DisableUpdateTracing: true,
	})
	return []interceptor.ClientInterceptor{spans, &returns{}}, err
}

// startTemporal starts a span of Temporal's SDK within the trace there is.
func startTemporal(ctx context.Context, tracer trace.Tracer, name string, options ...trace.SpanStartOption) trace.Span {
	parent := trace.SpanContextFromContext(ctx)
	switch {
	case !parent.IsSampled():
		return trace.SpanFromContext(ctx)
	case strings.HasPrefix(name, "StartActivity:"):
		// It would last no time: the activity's own span says all.
		return trace.SpanFromContext(ctx)
	case strings.HasPrefix(name, "RunWorkflow:"):
		_, span := tracer.Start(sameSpan(ctx, parent), name, options...)
		return &run{Span: wordless{span}}
	default:
		_, span := tracer.Start(ctx, name, options...)
		return wordless{span}
	}
}

// wordless keeps of an error its type; see End.
type wordless struct{ trace.Span }

func (s wordless) RecordError(err error, _ ...trace.EventOption) {
	if err != nil {
		s.SetAttributes(errorType(err))
	}
}

func (s wordless) SetStatus(code codes.Code, _ string) { s.Span.SetStatus(code, "") }

// run is the span of a workflow. A worker that drops the workflow from its
// cache, or dies, has it replayed from the beginning by the next: the span has
// the same id then, so that what hangs below it stays in the trace, and only
// the one in which the workflow returns is exported.
type run struct {
	trace.Span
	returned bool
}

// End implements trace.Span.
func (r *run) End(options ...trace.SpanEndOption) {
	if r.returned {
		r.Span.End(options...)
	}
}

// returns tells a workflow's span that it has returned, and not only in a replay
// of one that had ended, such as a query asks for. It stands behind the
// interceptor that makes the span.
type returns struct{ interceptor.InterceptorBase }

func (*returns) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	return &returning{interceptor.WorkflowInboundInterceptorBase{Next: next}}
}

type returning struct {
	interceptor.WorkflowInboundInterceptorBase
}

func (w *returning) ExecuteWorkflow(ctx workflow.Context, in *interceptor.ExecuteWorkflowInput) (any, error) {
	result, err := w.Next.ExecuteWorkflow(ctx, in)
	if span, ok := opentelemetry.SpanFromWorkflowContext(ctx); ok {
		if run, ok := span.(*run); ok {
			run.returned = !workflow.IsReplaying(ctx)
		}
	}
	return result, err
}
