package servers

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/durationpb"
)

// register makes every namespace, with its retention and search attributes. It
// succeeds once a query may name them: a server notices within some seconds.
func (s *TemporalServer) register(ctx context.Context, attributes map[string]enumspb.IndexedValueType) error {
	c, err := client.NewLazyClient(client.Options{HostPort: s.Address, Logger: silent{}})
	if err != nil {
		return err
	}
	defer c.Close()
	for _, name := range s.namespaces {
		if err := registerNamespace(ctx, c, name, attributes); err != nil {
			return fmt.Errorf("register namespace %s: %w", name, err)
		}
	}
	for _, name := range s.namespaces {
		_, err := c.WorkflowService().CountWorkflowExecutions(ctx, &workflowservice.CountWorkflowExecutionsRequest{
			Namespace: name, Query: naming(attributes),
		})
		if err != nil {
			return fmt.Errorf("search in namespace %s: %w", name, err)
		}
	}
	return nil
}

func registerNamespace(ctx context.Context, c client.Client, name string, attributes map[string]enumspb.IndexedValueType) error {
	_, err := c.WorkflowService().RegisterNamespace(ctx, &workflowservice.RegisterNamespaceRequest{
		Namespace: name, WorkflowExecutionRetentionPeriod: durationpb.New(Retention),
	})
	var exists *serviceerror.NamespaceAlreadyExists
	if err != nil && !errors.As(err, &exists) {
		return err
	}
	if len(attributes) == 0 {
		return nil
	}
	// Those that exist are passed over.
	_, err = c.OperatorService().AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{
		Namespace: name, SearchAttributes: attributes,
	})
	return err
}

// naming is a query that names every attribute.
func naming(attributes map[string]enumspb.IndexedValueType) string {
	var conditions []string
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		conditions = append(conditions, name+" IS NULL")
	}
	return strings.Join(conditions, " AND ")
}
