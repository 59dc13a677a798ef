package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	namespacepb "go.temporal.io/api/namespace/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/durationpb"

	"makegood/workflows"
)

const (
	day = 24 * time.Hour
	// Retention is how long set-up lets a namespace keep closed orders, if it
	// kept them for less than LeastRetention.
	Retention = 30 * day
	// LeastRetention is the shortest under which a reset or a terminated order
	// can still be made good: see docs/adr/0004.
	LeastRetention = 7 * day
)

// SetUp registers the search attributes in the namespace and sees to its
// retention, which it returns. It is safe to repeat and to run from many
// processes at once. What it did or was not allowed to do comes back as lines
// for the log: somebody else may have done it.
func SetUp(ctx context.Context, c client.Client, namespace string) (retention time.Duration, notes []string, err error) {
	note, err := registerAttributes(ctx, c, namespace)
	if err != nil {
		return 0, nil, fmt.Errorf("register search attributes in namespace %s: %w", namespace, err)
	}
	if note != "" {
		notes = append(notes, note)
	}
	retention, note, err = seeToRetention(ctx, c, namespace)
	if err != nil {
		return 0, notes, fmt.Errorf("see to the retention of namespace %s: %w", namespace, err)
	}
	if note != "" {
		notes = append(notes, note)
	}
	return retention, notes, nil
}

func registerAttributes(ctx context.Context, c client.Client, namespace string) (note string, err error) {
	_, err = c.OperatorService().AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{
		Namespace: namespace, SearchAttributes: workflows.SearchAttributes(),
	})
	var exists *serviceerror.AlreadyExists
	switch {
	case errors.As(err, &exists):
		return "", nil
	case notAllowed(err):
		return fmt.Sprintf("not allowed to register search attributes in namespace %s: %v", namespace, err), nil
	default:
		return "", err
	}
}

// RetentionOf is how long the namespace keeps closed orders, or Retention if
// that may not be read.
func RetentionOf(ctx context.Context, c client.Client, namespace string) (time.Duration, error) {
	retention, _, err := readRetention(ctx, c, namespace)
	if err != nil {
		return 0, fmt.Errorf("read the retention of namespace %s: %w", namespace, err)
	}
	return retention, nil
}

// readRetention returns Retention, and false, if the namespace's may not be read.
func readRetention(ctx context.Context, c client.Client, namespace string) (retention time.Duration, allowed bool, err error) {
	described, err := c.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: namespace})
	if notAllowed(err) {
		return Retention, false, nil
	}
	return described.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration(), true, err
}

func seeToRetention(ctx context.Context, c client.Client, namespace string) (retention time.Duration, note string, err error) {
	retention, allowed, err := readRetention(ctx, c, namespace)
	switch {
	case err != nil:
		return 0, "", err
	case !allowed:
		return retention, fmt.Sprintf("not allowed to read the retention of namespace %s: it must be at least %s", namespace, inDays(LeastRetention)), nil
	case retention >= LeastRetention:
		return retention, "", nil
	}
	_, err = c.WorkflowService().UpdateNamespace(ctx, &workflowservice.UpdateNamespaceRequest{
		Namespace: namespace,
		Config:    &namespacepb.NamespaceConfig{WorkflowExecutionRetentionTtl: durationpb.New(Retention)},
	})
	if notAllowed(err) {
		return retention, fmt.Sprintf("not allowed to raise the retention of namespace %s from %s: it must be at least %s",
			namespace, inDays(retention), inDays(LeastRetention)), nil
	} else if err != nil {
		return 0, "", err
	}
	return Retention, fmt.Sprintf("raised the retention of namespace %s from %s to %s", namespace, inDays(retention), inDays(Retention)), nil
}

func notAllowed(err error) bool {
	var denied *serviceerror.PermissionDenied
	var unimplemented *serviceerror.Unimplemented // Temporal Cloud has no operator service
	return errors.As(err, &denied) || errors.As(err, &unimplemented)
}

func inDays(d time.Duration) string { return fmt.Sprintf("%.0f days", d.Hours()/24) }
