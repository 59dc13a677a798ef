package api

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/api/serviceerror"

	"makegood/eager"
	"makegood/order"
	"makegood/workflows"
)

// startTimeout is how long a start may take after the client hung up.
const startTimeout = 10 * time.Second

// errStartedBefore says that there is a saga of the order's id.
var errStartedBefore = errors.New("an order of this key was started before")

// start starts the order's saga under a permit. It returns the first workflow
// task, if the worker beside the gateway was given it, or else nil. It returns
// errStartedBefore if there is one, and else a problem. Only overloaded says
// that nothing was started; any other leaves it open.
func (s *Server) start(ctx context.Context, o order.Order) (*eager.Task, error) {
	waiting, stop := s.until(ctx)
	permit, err := s.starts.take(waiting)
	stop()
	if err != nil {
		return nil, err
	}
	// A client that hangs up now has placed its order or not, never half.
	starting, cancel := context.WithTimeout(context.WithoutCancel(ctx), startTimeout)
	defer cancel()
	options := workflows.StartOptions(o)
	options.EnableEagerStart = s.cfg.WorkerBeside != nil && s.cfg.WorkerBeside()
	run, err := s.temporal.ExecuteWorkflow(starting, options, workflows.OrderWorkflow, o)
	if err != nil {
		// How long a refusal took says nothing of how long orders do, and what
		// timed out shows how long we waited, not how long it would have taken.
		permit.Drop()
		if started := (*serviceerror.WorkflowExecutionAlreadyStarted)(nil); errors.As(err, &started) {
			return nil, errStartedBefore
		}
		return nil, fromTemporal(err)
	}
	if s.cfg.FirstTask == nil {
		permit.Record()
		return nil, nil
	}
	task := s.cfg.FirstTask(run.GetRunID())
	if task == nil { // any worker may have it: not what the others were timed for
		permit.Drop()
		return nil, nil
	}
	go func() {
		<-task.Over
		permit.Record()
	}()
	return task, nil
}
