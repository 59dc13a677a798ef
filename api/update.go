package api

import (
	"context"
	"errors"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"makegood/workflows"
)

// update asks a saga for something that it may refuse, and waits for its
// answer: a problem, or an error of Temporal's if there was none.
func (s *Server) update(ctx context.Context, workflowID, name string, args ...any) error {
	handle, err := s.temporal.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID:   workflowID,
		UpdateName:   name,
		Args:         args,
		WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err == nil {
		err = handle.Get(ctx, nil)
	}
	refused := (*temporal.ApplicationError)(nil)
	if !errors.As(err, &refused) {
		return err
	}
	if refusal, ok := refusals[refused.Type()]; ok {
		return problem(refusal, refused.Message())
	}
	return err
}

// refusals are the sagas' own, as problems.
var refusals = map[string]ProblemType{
	workflows.AlreadyShipped:  alreadyShipped,
	workflows.AlreadyRejected: alreadyRejected,
	workflows.NothingToSettle: nothingToSettle,
	workflows.TooManyActions:  tooManyActions,
	workflows.InvalidWord:     invalid,
}
