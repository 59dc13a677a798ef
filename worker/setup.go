package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"makegood/workflows"
)

// LeastRetention is the shortest retention under which a late attempt still
// finds the records of its effects: see docs/adr/0004.
const LeastRetention = 7 * 24 * time.Hour

// SetUp registers the search attributes in the namespace and checks its
// retention. It is safe to repeat and to run from many processes at once. What
// it was not allowed to do comes back as lines for the log, not as an error:
// somebody else may have done it.
func SetUp(ctx context.Context, c client.Client, namespace string) (notes []string, err error) {
	_, err = c.OperatorService().AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{
		Namespace: namespace,
		SearchAttributes: map[string]enumspb.IndexedValueType{
			workflows.SagaStatus.GetName(): workflows.SagaStatus.GetValueType(),
			workflows.SagaReason.GetName(): workflows.SagaReason.GetValueType(),
			workflows.CustomerID.GetName(): workflows.CustomerID.GetValueType(),
			workflows.OrderTotal.GetName(): workflows.OrderTotal.GetValueType(),
		},
	})
	var exists *serviceerror.AlreadyExists
	switch {
	case err == nil, errors.As(err, &exists):
	case notAllowed(err):
		notes = append(notes, fmt.Sprintf("not allowed to register search attributes in namespace %s: %v", namespace, err))
	default:
		return nil, fmt.Errorf("register search attributes in namespace %s: %w", namespace, err)
	}

	described, err := c.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: namespace})
	switch {
	case notAllowed(err):
		return append(notes, fmt.Sprintf("not allowed to read the retention of namespace %s: it must be at least %s", namespace, days(LeastRetention))), nil
	case err != nil:
		return notes, fmt.Errorf("describe namespace %s: %w", namespace, err)
	}
	retention := described.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration()
	if retention < LeastRetention {
		return notes, fmt.Errorf("TEMPORAL_NAMESPACE %s keeps workflows for %s, shorter than the %s that a late retry needs; raise its retention",
			namespace, days(retention), days(LeastRetention))
	}
	return notes, nil
}

func notAllowed(err error) bool {
	var denied *serviceerror.PermissionDenied
	var unimplemented *serviceerror.Unimplemented // Temporal Cloud has no operator service
	return errors.As(err, &denied) || errors.As(err, &unimplemented)
}

func days(d time.Duration) string { return fmt.Sprintf("%.1f days", d.Hours()/24) }
