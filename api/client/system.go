package client

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"makegood/events"
	"makegood/order"
)

// Counts returns how many orders there are of each status. It changes nothing.
func (c *Client) Counts(ctx context.Context) (map[order.Status]int64, error) {
	var said struct {
		Counts map[order.Status]int64 `json:"counts"`
	}
	if err := c.do(ctx, call{method: http.MethodGet, path: "/v1/orders/counts", into: &said}); err != nil {
		return nil, fmt.Errorf("count orders: %w", err)
	}
	return said.Counts, nil
}

// Work is what Temporal has had done for an order.
type Work struct {
	WorkflowID string `json:"workflow_id"`
	RunID      string `json:"run_id"`
	// WebUI is its page in the Temporal Web UI; empty if the gateway knows none.
	WebUI string `json:"web_ui,omitempty"`
	// FailingTask is the attempt that its workflow task is at, 2 or more, if
	// the ones before failed or ran out of time; else 0.
	FailingTask int       `json:"failing_workflow_task,omitempty"`
	Attempts    []Attempt `json:"attempts"`
}

// Attempt is one activity, however many attempts it took.
type Attempt struct {
	// Workflow is Order, or Unwind.
	Workflow string `json:"workflow"`
	// Activity is Charge, Refund, Publish and so on.
	Activity string `json:"activity"`
	// State is scheduled, running, waiting, done, failed, timed_out or cancelled.
	State    string `json:"state"`
	Attempts int    `json:"attempts"`
	// InLane says that it ran in the first workflow task: its times are then one.
	InLane      bool       `json:"in_lane"`
	ScheduledAt time.Time  `json:"scheduled_at"`
	EndedAt     *time.Time `json:"ended_at,omitempty"`
	NextAt      *time.Time `json:"next_at,omitempty"`
	LastFailure string     `json:"last_failure,omitempty"`
}

// Attempts returns what Temporal has had done for the order. It changes nothing.
func (c *Client) Attempts(ctx context.Context, id order.ID) (Work, error) {
	var w Work
	if err := c.do(ctx, call{method: http.MethodGet, path: orderPath(id) + "/attempts", into: &w}); err != nil {
		return Work{}, fmt.Errorf("get attempts of order %s: %w", id, err)
	}
	return w, nil
}

// Delivery is what became of one event at one consumer.
type Delivery struct {
	Consumer string          `json:"consumer"`
	Sequence int             `json:"sequence"`
	Type     order.EventType `json:"type"`
	EventID  string          `json:"event_id"`
	// State is expected, underway, handled, or that of its dead letter.
	State string `json:"state"`
	// Letter is the id of its dead letter; empty if it has none.
	Letter string `json:"dead_letter,omitempty"`
}

// Deliveries returns what became of the order's events at makegood's own
// consumers. It changes nothing.
func (c *Client) Deliveries(ctx context.Context, id order.ID) ([]Delivery, error) {
	var said struct {
		Items []Delivery `json:"items"`
	}
	if err := c.do(ctx, call{method: http.MethodGet, path: orderPath(id) + "/deliveries", into: &said}); err != nil {
		return nil, fmt.Errorf("get deliveries of order %s: %w", id, err)
	}
	return said.Items, nil
}

// System is how makegood and its servers are. What did not answer is nil, and
// named in Unknown.
type System struct {
	Version   string `json:"version"`
	Namespace string `json:"namespace"`
	// Status is ready, degraded or unavailable.
	Status string `json:"status"`
	// Checks are what the gateway leans on; their Status is ok, degraded or failed.
	Checks []struct {
		Name   string `json:"name"`
		Status string `json:"status"`
		Detail string `json:"detail,omitempty"`
	} `json:"checks"`
	// Orders' Workers are those that asked for work within the last 70 s.
	Orders *struct {
		Workers int     `json:"workers"`
		Waiting int64   `json:"waiting"`
		Seconds float64 `json:"oldest_seconds"`
	} `json:"orders,omitempty"`
	Consumers   []events.Backlog `json:"consumers,omitempty"`
	DeadLetters *int64           `json:"dead_letters,omitempty"`
	StockAudit  *struct {
		EndedAt time.Time `json:"ended_at"`
		Orders  int       `json:"orders"`
		Drift   int       `json:"drift"`
		Unread  int       `json:"unread"`
		Error   string    `json:"error,omitempty"`
	} `json:"stock_audit,omitempty"`
	// Breakers' State is closed, trying or open.
	Breakers []struct {
		Name  string `json:"name"`
		State string `json:"state"`
	} `json:"breakers"`
	Unknown []string `json:"unknown,omitempty"`
}

// System returns how makegood is. It changes nothing.
func (c *Client) System(ctx context.Context) (System, error) {
	var s System
	if err := c.do(ctx, call{method: http.MethodGet, path: "/v1/system", into: &s}); err != nil {
		return System{}, fmt.Errorf("get system: %w", err)
	}
	return s, nil
}
