package bench

import (
	"context"
	"fmt"
	"maps"
	"slices"

	enumspb "go.temporal.io/api/enums/v1"
)

// OrdersReport is what a run of Orders found; as JSON it is what
// `makegood bench --json` prints.
type OrdersReport struct {
	Run
	Concurrency int         `json:"concurrency"` // callers of the rates
	Rounds      int         `json:"rounds"`
	Rows        []OrdersRow `json:"rows"`
	Goals       []Goal      `json:"goals"`
}

// OrdersRow is one of noop_eager, noop, usual and makegood.
type OrdersRow struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	// PerSecond is how many were done a second by all callers.
	PerSecond float64 `json:"per_second"`
	// Each round's rate.
	Each []float64 `json:"each_round_per_second"`
	// ToNoop and ToUsual are the rate as a multiple of the eager no-op's and of
	// the usual saga's.
	ToNoop  float64 `json:"ratio_to_noop_eager"`
	ToUsual float64 `json:"ratio_to_usual"`
	// Loaded is how long one took with all callers, Alone with only one.
	Loaded Latency `json:"loaded"`
	Alone  Latency `json:"alone"`
	// Cost is what one took of the system, on average.
	Cost OrderCost `json:"cost"`
}

// OrderCost is what one order, or workflow, took of the system.
type OrderCost struct {
	HistoryEvents float64 `json:"history_events"`
	HistoryBytes  float64 `json:"history_bytes"`
	WorkflowTasks float64 `json:"workflow_tasks"`
	RedisCommands float64 `json:"redis_commands"` // those inside of scripts too
	RedisBytes    float64 `json:"redis_bytes"`    // over the network, both ways
	Events        float64 `json:"events"`         // published and confirmed
	Deliveries    float64 `json:"deliveries"`     // of events to makegood's consumers
	// Refusals is how often the gateway was too busy and asked for another try.
	Refusals float64 `json:"refusals"`
	// CPUMs is the time of each process, in ms.
	CPUMs map[string]float64 `json:"cpu_ms"`
}

func (r *ordersRun) report(ctx context.Context, run Run) (OrdersReport, error) {
	report := OrdersReport{Run: run, Concurrency: r.Concurrency, Rounds: orderRounds}
	for _, row := range r.rows {
		reported, err := r.reportRow(ctx, row)
		if err != nil {
			return OrdersReport{}, fmt.Errorf("%s: %w", row.loaded.title, err)
		}
		report.Rows = append(report.Rows, reported)
	}
	ours, least := report.row("makegood"), report.row("noop_eager")
	report.Goals = []Goal{
		atLeast("makegood's rate by the eager no-op's", ours.ToNoop, 0.7),
		atLeast("makegood's rate by the usual saga's", ours.ToUsual, 4),
		atMost("makegood's p50 by the eager no-op's, one caller", ours.Alone.P50Ms/least.Alone.P50Ms, 2),
		atMost("history events of an order", ours.Cost.HistoryEvents, 12),
		atMost("workflow tasks of an order", ours.Cost.WorkflowTasks, 1),
	}
	return report, nil
}

func (r OrdersReport) row(name string) OrdersRow {
	return r.Rows[slices.IndexFunc(r.Rows, func(row OrdersRow) bool { return row.Name == name })]
}

func (r *ordersRun) reportRow(ctx context.Context, row *orderRow) (OrdersRow, error) {
	rate := row.loaded.timing().OpsPerSecond
	reported := OrdersRow{
		Name: row.loaded.name, Title: row.loaded.title, PerSecond: rate,
		Loaded: row.loaded.spread(), Alone: row.alone.spread(),
	}
	for _, s := range row.loaded.slices {
		reported.Each = append(reported.Each, s.rate())
	}
	reported.ToNoop, _ = row.loaded.ratio(r.loaded("noop_eager"))
	reported.ToUsual, _ = row.loaded.ratio(r.loaded("usual"))
	orders := float64(row.loaded.timing().Ops)
	reported.Cost = OrderCost{
		RedisCommands: row.used.RedisCommands / orders, RedisBytes: row.used.RedisBytes / orders,
		Events: row.used.Published / orders, Deliveries: row.used.Handled / orders, Refusals: float64(row.refusals) / orders,
		CPUMs: map[string]float64{},
	}
	for _, name := range slices.Sorted(maps.Keys(row.used.CPU)) {
		reported.Cost.CPUMs[name] = float64(row.used.CPU[name].Microseconds()) / 1000 / orders
	}
	return reported, r.readHistories(ctx, row, &reported.Cost)
}

// loaded is what was measured of a row under load.
func (r *ordersRun) loaded(name string) *measurement {
	at := slices.IndexFunc(r.rows, func(row *orderRow) bool { return row.loaded.name == name })
	return &r.rows[at].loaded
}

// readHistories takes the mean of the sampled ones.
func (r *ordersRun) readHistories(ctx context.Context, row *orderRow, into *OrderCost) error {
	read := 0.0
	for _, id := range row.sampled {
		if id == "" {
			continue
		}
		described, err := r.world.Temporal.DescribeWorkflowExecution(ctx, id, "")
		if err != nil {
			return fmt.Errorf("describe %s: %w", id, err)
		}
		into.HistoryBytes += float64(described.GetWorkflowExecutionInfo().GetHistorySizeBytes())
		events := r.world.Temporal.GetWorkflowHistory(ctx, id, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		for events.HasNext() {
			event, err := events.Next()
			if err != nil {
				return fmt.Errorf("read history of %s: %w", id, err)
			}
			into.HistoryEvents++
			if event.GetEventType() == enumspb.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED {
				into.WorkflowTasks++
			}
		}
		read++
	}
	into.HistoryBytes /= read
	into.HistoryEvents /= read
	into.WorkflowTasks /= read
	return nil
}
