package servers_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"makegood/servers"
)

func TestTemporal(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Minute)
	defer cancel()
	var namespaces []string
	for i := range 30 {
		namespaces = append(namespaces, fmt.Sprintf("test-%d", i))
	}
	server, err := servers.Temporal(ctx, servers.TemporalOptions{
		Dir: t.TempDir(), UI: true, Namespaces: namespaces, Durable: true,
		SearchAttributes: map[string]enumspb.IndexedValueType{
			"SagaStatus": enumspb.INDEXED_VALUE_TYPE_KEYWORD, "OrderTotal": enumspb.INDEXED_VALUE_TYPE_INT,
		},
		Out: t.Output(),
	})
	require.NoError(t, err)
	defer func() { require.NoError(t, server.Stop()) }()
	c, err := client.Dial(client.Options{HostPort: server.Address, Namespace: "test-7"})
	require.NoError(t, err)
	defer c.Close()

	t.Run("keeps closed orders for 30 days", func(t *testing.T) {
		for _, name := range []string{"default", "test-0", "test-29"} {
			answer, err := c.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: name})
			require.NoError(t, err)
			require.Equal(t, 30*24*time.Hour, answer.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration())
		}
	})
	t.Run("serves the Web UI", func(t *testing.T) {
		answer, err := http.Get(server.UIURL)
		require.NoError(t, err)
		defer func() { _ = answer.Body.Close() }()
		page, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		require.Contains(t, string(page), "<html")
		http.DefaultClient.CloseIdleConnections()
	})
	t.Run("keeps a workflow and its search attributes over a crash", func(t *testing.T) {
		status := temporal.NewSearchAttributeKeyKeyword("SagaStatus")
		_, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
			ID: "ord_1", TaskQueue: "nobody", TypedSearchAttributes: temporal.NewSearchAttributes(status.ValueSet("placed")),
		}, "Order")
		require.NoError(t, err)
		require.NoError(t, server.Kill())
		require.NoError(t, server.Restart(ctx))
		require.Eventually(t, func() bool {
			answer, err := c.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{Query: "SagaStatus = 'placed'"})
			return err == nil && answer.GetCount() == 1
		}, 30*time.Second, 50*time.Millisecond)
	})
}

func TestACachedServerKnowsItsSearchAttributesAtOnce(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Minute)
	defer cancel()
	server, err := servers.Temporal(ctx, servers.TemporalOptions{
		Dir: t.TempDir(), Cached: true, Namespaces: []string{"test"}, Out: t.Output(),
		SearchAttributes: map[string]enumspb.IndexedValueType{
			"SagaStatus": enumspb.INDEXED_VALUE_TYPE_KEYWORD, "OrderTotal": enumspb.INDEXED_VALUE_TYPE_INT,
		},
	})
	require.NoError(t, err)
	defer func() { require.NoError(t, server.Stop()) }()
	for _, namespace := range []string{"default", "test"} {
		requireStarts(t, server.Address, namespace)
	}
}

// requireStarts starts a workflow with makegood's kinds of search attributes,
// without asking twice, and finds it by them.
func requireStarts(t *testing.T, address, namespace string) {
	t.Helper()
	c, err := client.Dial(client.Options{HostPort: address, Namespace: namespace})
	require.NoError(t, err)
	defer c.Close()
	_, err = c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: "ord_1", TaskQueue: "nobody", TypedSearchAttributes: temporal.NewSearchAttributes(
			temporal.NewSearchAttributeKeyKeyword("SagaStatus").ValueSet("placed"),
			temporal.NewSearchAttributeKeyInt64("OrderTotal").ValueSet(1250),
		),
	}, "Order")
	require.NoError(t, err, namespace)
	require.Eventually(t, func() bool {
		answer, err := c.CountWorkflow(t.Context(), &workflowservice.CountWorkflowExecutionsRequest{Query: "SagaStatus = 'placed' AND OrderTotal = 1250"})
		return err == nil && answer.GetCount() == 1
	}, 30*time.Second, 50*time.Millisecond, namespace)
}
