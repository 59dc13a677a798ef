package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	enumspb "go.temporal.io/api/enums/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"golang.org/x/sync/errgroup"

	"makegood/audit"
	"makegood/events"
	"makegood/telemetry"
	"makegood/workflows"
)

// systemTimeout is what each part of the system has to answer.
const systemTimeout = 2 * time.Second

// System is how makegood and its servers are. What could not be learned is
// named in Unknown, and missing.
type System struct {
	Version   string             `json:"version"`
	Namespace string             `json:"namespace" doc:"Of Temporal"`
	Status    string             `json:"status" enum:"ready,degraded,unavailable" doc:"Of this gateway, as /readyz says"`
	Checks    []telemetry.Result `json:"checks" nullable:"false"`
	Orders    *OrderQueue        `json:"orders,omitempty"`
	Consumers []events.Backlog   `json:"consumers,omitempty" doc:"What waits for makegood's own consumers at the broker"`
	// DeadLetters is nil if Redis doesn't say.
	DeadLetters *int64      `json:"dead_letters,omitempty" doc:"How many are dead or redriving"`
	StockAudit  *StockAudit `json:"stock_audit,omitempty" doc:"The last one that ended"`
	Breakers    []Breaker   `json:"breakers" nullable:"false" doc:"Of this process: where roles run apart, the worker's own /metrics has those of payments, carrier and publisher"`
	Unknown     []string    `json:"unknown,omitempty" doc:"The parts that did not answer: orders, consumers, dead_letters, stock_audit"`
}

// OrderQueue is what waits for workers in Temporal.
type OrderQueue struct {
	Workers int     `json:"workers" doc:"Processes that asked for work within the last 70 s: one that works asks each minute"`
	Waiting int64   `json:"waiting" doc:"Tasks that no worker has taken yet, about"`
	Seconds float64 `json:"oldest_seconds" doc:"How long the oldest of them has waited, about"`
}

// StockAudit is what the audit of the stock came to.
type StockAudit struct {
	EndedAt time.Time `json:"ended_at"`
	Orders  int       `json:"orders" doc:"How many it looked at"`
	Drift   int       `json:"drift" doc:"Orders and SKUs whose stock is not as the histories say: makegood stock audit names them"`
	Unread  int       `json:"unread" doc:"Orders that it could not look at"`
	Error   string    `json:"error,omitempty" doc:"Why it could not be made"`
}

type systemOutput struct{ Body System }

func (s *Server) registerSystem(to huma.API) {
	huma.Register(to, huma.Operation{
		OperationID: "get-system", Method: http.MethodGet, Path: "/v1/system",
		Summary: "How makegood and its servers are", Tags: []string{"system"},
		Description: "For operators: readiness, what waits where, the last audit of the stock, breakers. 200 whatever it finds; what doesn't answer within 2 s is named in unknown.",
	}, func(ctx context.Context, _ *struct{}) (*systemOutput, error) {
		return &systemOutput{Body: s.system(ctx)}, nil
	})
}

func (s *Server) system(ctx context.Context) System {
	said := System{Version: s.cfg.Version, Namespace: s.cfg.Namespace}
	ctx, stop := context.WithTimeout(ctx, systemTimeout)
	defer stop()
	parts := []struct {
		name string
		ask  func() error
	}{
		{"orders", func() (err error) { said.Orders, err = s.orderQueue(ctx); return err }},
		{"consumers", func() (err error) {
			if s.cfg.Backlogs != nil {
				said.Consumers, err = s.cfg.Backlogs(ctx)
			}
			return err
		}},
		{"dead_letters", func() error {
			if s.letters == nil {
				return nil
			}
			n, err := s.letters.Open(ctx)
			if err == nil {
				said.DeadLetters = &n
			}
			return err
		}},
		{"stock_audit", func() (err error) { said.StockAudit, err = s.stockAudit(ctx); return err }},
	}
	failed := make([]error, len(parts))
	var group errgroup.Group
	group.Go(func() error {
		ready := telemetry.Ready(ctx, s.checks)
		said.Status, said.Checks = ready.Status, ready.Checks
		return nil
	})
	group.Go(func() error { said.Breakers = s.breakers(); return nil }) // some metrics ask servers
	for i, part := range parts {
		group.Go(func() error { failed[i] = part.ask(); return nil })
	}
	_ = group.Wait() // none of them returns one
	for i, err := range failed {
		if err != nil {
			s.log.WarnContext(ctx, "a part of the system doesn't answer", "part", parts[i].name, "error", err)
			said.Unknown = append(said.Unknown, parts[i].name)
		}
	}
	return said
}

func (s *Server) orderQueue(ctx context.Context) (*OrderQueue, error) {
	queue := &OrderQueue{}
	workers := map[string]bool{}
	for _, kind := range []enumspb.TaskQueueType{enumspb.TASK_QUEUE_TYPE_WORKFLOW, enumspb.TASK_QUEUE_TYPE_ACTIVITY} {
		said, err := s.temporal.WorkflowService().DescribeTaskQueue(ctx, &workflowservice.DescribeTaskQueueRequest{
			Namespace: s.cfg.Namespace, TaskQueueType: kind, ReportStats: true,
			TaskQueue: &taskqueuepb.TaskQueue{Name: workflows.TaskQueue, Kind: enumspb.TASK_QUEUE_KIND_NORMAL},
		})
		if err != nil {
			return nil, err
		}
		for _, poller := range said.GetPollers() {
			if Polls(poller) {
				workers[poller.GetIdentity()] = true
			}
		}
		queue.Waiting += said.GetStats().GetApproximateBacklogCount()
		queue.Seconds = max(queue.Seconds, said.GetStats().GetApproximateBacklogAge().AsDuration().Seconds())
	}
	queue.Workers = len(workers)
	return queue, nil
}

// stockAudit is nil if none has ended yet.
func (s *Server) stockAudit(ctx context.Context) (*StockAudit, error) {
	listed, err := s.temporal.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
		Query: "WorkflowType = " + quote(audit.StockWorkflow) + " AND ExecutionStatus = 'Completed'", PageSize: 1,
	})
	if err != nil || len(listed.GetExecutions()) == 0 {
		return nil, err
	}
	last := listed.GetExecutions()[0]
	var report audit.StockReport
	err = s.temporal.GetWorkflow(ctx, last.GetExecution().GetWorkflowId(), last.GetExecution().GetRunId()).Get(ctx, &report)
	if err != nil {
		return nil, fmt.Errorf("read the last audit: %w", err)
	}
	return &StockAudit{EndedAt: last.GetCloseTime().AsTime(), Orders: report.Orders, Drift: report.Drift, Unread: report.Unread, Error: report.Error}, nil
}
