package api

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"golang.org/x/sync/errgroup"

	"makegood/order"
	"makegood/workflows"
)

// countsAge is for how long counts are given again, however many ask.
const countsAge = time.Second

// OrderCounts is how many orders there are of each status.
type OrderCounts struct {
	Counts map[order.Status]int64 `json:"counts" doc:"Every status has a member"`
}

type countsOutput struct{ Body OrderCounts }

// lately is what was counted last.
type lately struct {
	mu     sync.Mutex
	at     time.Time
	counts map[order.Status]int64
}

func (s *Server) registerCounts(to huma.API) {
	huma.Register(to, huma.Operation{
		OperationID: "count-orders", Method: http.MethodGet, Path: "/v1/orders/counts",
		Summary: "How many orders there are of each status", Tags: []string{"orders"},
		Description: "Counted by Temporal's visibility, which lags some moments behind, at most once a second. " +
			"An order that was terminated counts as its unwinding stands, once that has begun.",
		Errors: []int{http.StatusServiceUnavailable},
	}, func(ctx context.Context, _ *struct{}) (*countsOutput, error) {
		counts, err := s.counts(ctx)
		if err != nil {
			return nil, fromTemporal(err)
		}
		return &countsOutput{Body: OrderCounts{Counts: counts}}, nil
	})
}

func (s *Server) counts(ctx context.Context) (map[order.Status]int64, error) {
	s.counted.mu.Lock()
	defer s.counted.mu.Unlock()
	if time.Since(s.counted.at) < countsAge {
		return s.counted.counts, nil
	}
	// What was ended from outside is left out: its status stays as it was.
	found, err := countEach(ctx, s.temporal, "ExecutionStatus IN ('Running', 'Completed')")
	if err != nil {
		return nil, err
	}
	counts := map[order.Status]int64{}
	for i, status := range order.Statuses {
		counts[status] = found[i]
	}
	s.counted.at, s.counted.counts = time.Now(), counts
	return counts, nil
}

// countEach counts the orders, and unwindings, that match, by order.Statuses.
func countEach(ctx context.Context, temporal client.Client, matching string) ([]int64, error) {
	found := make([]int64, len(order.Statuses))
	group, ctx := errgroup.WithContext(ctx)
	for i, status := range order.Statuses {
		group.Go(func() error {
			counted, err := temporal.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{
				Query: "WorkflowType IN (" + quote(workflows.OrderWorkflow) + ", " + quote(workflows.UnwindWorkflow) + ")" +
					" AND " + matching + " AND " + workflows.SagaStatus.GetName() + " = " + quote(string(status)),
			})
			found[i] = counted.GetCount()
			return err
		})
	}
	return found, group.Wait()
}
