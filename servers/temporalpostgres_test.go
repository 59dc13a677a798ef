package servers_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"makegood/servers"
)

func TestTemporalOnPostgreSQL(t *testing.T) {
	if os.Getenv("MAKEGOOD_LONG") == "" {
		t.Skip("a test that may build a server and needs PostgreSQL (tools/install-servers postgresql): set MAKEGOOD_LONG")
	}
	needs(t, "postgresql")
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Minute)
	defer cancel()
	database, err := servers.PostgreSQL(ctx, servers.Options{Dir: t.TempDir()})
	require.NoError(t, err)
	defer func() { require.NoError(t, database.Stop()) }()
	server, err := servers.TemporalOnPostgreSQL(ctx, database, servers.TemporalPostgreSQLOptions{
		Dir: t.TempDir(), Namespaces: []string{"test"}, Out: t.Output(),
		SearchAttributes: map[string]enumspb.IndexedValueType{
			"SagaStatus": enumspb.INDEXED_VALUE_TYPE_KEYWORD, "OrderTotal": enumspb.INDEXED_VALUE_TYPE_INT,
		},
	})
	require.NoError(t, err)
	defer func() { require.NoError(t, server.Stop()) }()

	t.Run("knows its search attributes at once", func(t *testing.T) {
		for _, namespace := range []string{"default", "test"} {
			requireStarts(t, server.Address, namespace)
		}
	})
	c, err := client.Dial(client.Options{HostPort: server.Address, Namespace: "test"})
	require.NoError(t, err)
	defer c.Close()
	t.Run("keeps closed orders for 30 days", func(t *testing.T) {
		answer, err := c.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: "test"})
		require.NoError(t, err)
		require.Equal(t, 30*24*time.Hour, answer.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration())
	})
	t.Run("starts workflows eagerly", func(t *testing.T) {
		answer, err := c.WorkflowService().GetSystemInfo(ctx, &workflowservice.GetSystemInfoRequest{})
		require.NoError(t, err)
		require.True(t, answer.GetCapabilities().GetEagerWorkflowStart())
	})
	t.Run("keeps a workflow over a crash of both servers", func(t *testing.T) {
		require.NoError(t, server.Kill())
		require.NoError(t, database.Restart(ctx))
		require.NoError(t, server.Restart(ctx))
		answer, err := c.DescribeWorkflowExecution(ctx, "ord_1", "")
		require.NoError(t, err)
		require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, answer.GetWorkflowExecutionInfo().GetStatus())
	})
}
