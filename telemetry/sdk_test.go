package telemetry_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"makegood/telemetry"
)

func TestTheSDKsMetricsAreNamedByPrometheusConventions(t *testing.T) {
	registry := prometheus.NewRegistry()
	root := telemetry.NewSDKMetrics(registry).WithTags(map[string]string{"namespace": "shop"})
	root.WithTags(map[string]string{"operation": "StartWorkflow"}).Counter("temporal_request").Inc(2)
	root.WithTags(map[string]string{"operation": "StartWorkflow"}).Counter("temporal_request").Inc(1)
	root.Counter("temporal_request").Inc(1) // one name, other labels
	root.Counter("temporal_local_activity_total").Inc(1)
	root.WithTags(map[string]string{"namespace": "other"}).Gauge("temporal_num_pollers").Update(5)
	root.Timer("temporal_poll").Record(40 * time.Millisecond)

	require.NoError(t, testutil.GatherAndCompare(registry, strings.NewReader(`
# HELP temporal_request_total Of the Temporal SDK: https://docs.temporal.io/references/sdk-metrics
# TYPE temporal_request_total counter
temporal_request_total{namespace="shop"} 1
temporal_request_total{namespace="shop",operation="StartWorkflow"} 3
# HELP temporal_local_activity_total Of the Temporal SDK: https://docs.temporal.io/references/sdk-metrics
# TYPE temporal_local_activity_total counter
temporal_local_activity_total{namespace="shop"} 1
# HELP temporal_num_pollers Of the Temporal SDK: https://docs.temporal.io/references/sdk-metrics
# TYPE temporal_num_pollers gauge
temporal_num_pollers{namespace="other"} 5
`), "temporal_request_total", "temporal_local_activity_total", "temporal_num_pollers"))
	count, err := testutil.GatherAndCount(registry, "temporal_poll_seconds")
	require.NoError(t, err)
	require.Equal(t, 1, count)
}

// The same labels are the same series, whichever way they came together: else
// the registry would refuse to show any.
func TestTheSameTagsInAnyOrderAreOneSeries(t *testing.T) {
	registry := prometheus.NewRegistry()
	root := telemetry.NewSDKMetrics(registry)
	a, b := map[string]string{"a": "1"}, map[string]string{"b": "2"}
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 100 {
				root.WithTags(a).WithTags(b).Counter("n").Inc(1)
				root.WithTags(b).WithTags(a).Counter("n").Inc(1)
				root.WithTags(map[string]string{"a": "1", "b": "2"}).Counter("n").Inc(1)
			}
		})
	}
	wait.Wait()
	require.NoError(t, testutil.GatherAndCompare(registry, strings.NewReader(`
# HELP n_total Of the Temporal SDK: https://docs.temporal.io/references/sdk-metrics
# TYPE n_total counter
n_total{a="1",b="2"} 2400
`), "n_total"))
}

// What the SDK does for each request of its own, as it does it.
func BenchmarkSDKMetrics(b *testing.B) {
	root := telemetry.NewSDKMetrics(prometheus.NewRegistry()).WithTags(map[string]string{
		"namespace": "default", "client_name": "temporal_go", "worker_type": "none", "workflow_type": "none", "activity_type": "none", "task_queue": "none",
	})
	b.ReportAllocs()
	for b.Loop() {
		tagged := root.WithTags(map[string]string{"operation": "RespondWorkflowTaskCompleted", "namespace": "default"})
		tagged.Counter("temporal_request").Inc(1)
		tagged.Timer("temporal_request_latency").Record(time.Millisecond)
	}
}
