package notify_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/require"

	"makegood/tests/harness"
)

// Each outage costs connections, with goroutines of their own, and what waited
// for them; none of it may stay.
func TestOutagesLeaveNothingBehind(t *testing.T) {
	t.Parallel()
	outages := 3
	if long {
		outages = 10
	}
	s := harness.New(t, harness.Setting("LOG_LEVEL", "info"))
	slowest := struckBy(t, s, 1) // what is made for the first one may stay
	before := resourcesOf(t, s.Worker)
	slowest = max(slowest, struckBy(t, s, outages))
	var after resources
	harness.Eventually(t, func(context.Context) error {
		if after = resourcesOf(t, s.Worker); after.goroutines >= before.goroutines+float64(outages) {
			return fmt.Errorf("it had %+v after the first outage, and %+v after %d more", before, after, outages)
		}
		return nil
	})
	t.Logf("after the first outage %+v, after %d more %+v; ready again within %s of each", before, outages, after, slowest)
	require.Less(t, after.heap, before.heap+16<<20)
	requireInOrder(t, s)
}

// struckBy cuts the broker off n times under load and waits until all is at
// rest. It returns how long the slowest return took.
func struckBy(t *testing.T, s *harness.System, n int) (slowest time.Duration) {
	t.Helper()
	tr := newTrade(t, s)
	for range n {
		s.ToRabbitMQ.Cut()
		degraded(t, s)
		tr.more(t, 3)
		s.ToRabbitMQ.Mend(t.Context())
		slowest = max(slowest, ready(t, s))
		tr.more(t, 3)
	}
	tr.stop(t)
	s.RequireSound(t)
	return slowest
}

// resources are what a process holds.
type resources struct {
	goroutines, heap float64 // heap: bytes that the last collection found alive
}

func resourcesOf(t *testing.T, r *harness.Role) resources {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+r.Address+"/metrics", nil)
	require.NoError(t, err)
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { _ = answer.Body.Close() }()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(answer.Body)
	require.NoError(t, err)
	gauge := func(name string) float64 {
		require.Contains(t, families, name)
		return families[name].GetMetric()[0].GetGauge().GetValue()
	}
	return resources{gauge("go_goroutines"), gauge("go_gc_heap_live_bytes")}
}
