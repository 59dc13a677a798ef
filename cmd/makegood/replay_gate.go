package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/workflow"
	"golang.org/x/sync/errgroup"

	"makegood/worker"
)

// replayAtOnce bounds the histories that are read at once, each held in memory
// until it is replayed. Reading waits for the server, replaying takes one CPU
// some milliseconds.
const replayAtOnce = 16

// replayGate replays every history that the query finds.
type replayGate struct {
	temporal client.Client
	query    string
	out      io.Writer
	progress io.Writer
	json     bool
	// spares, if set, is asked of what would break, and tells of what need not
	// replay; it is counted nowhere.
	spares func(context.Context, workflow.Execution) (bool, error)

	open map[string]bool // runs that were open when they were listed

	mu    sync.Mutex
	found replayed
}

// replayed is what the gate found.
type replayed struct {
	Replayed int `json:"replayed"` // well, of which Open were not closed
	Open     int `json:"open"`
	Broken   int `json:"broken"`
	NotBegun int `json:"not_begun"` // no task of it has completed
	Gone     int `json:"gone"`      // deleted by retention since it was listed
	total    int64
	last     error
}

func (r replayed) seen() int { return r.Replayed + r.Broken + r.NotBegun + r.Gone }

// run reads page after page and shows how far it is. It returns an error if it
// can't tell of every history.
func (g *replayGate) run(ctx context.Context) (replayed, error) {
	count, err := g.temporal.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{Query: g.query})
	if err != nil {
		return g.found, listing(err)
	}
	g.found.total = count.GetCount()
	stopProgress := g.showProgress()
	defer stopProgress()
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(replayAtOnce)
	request := &workflowservice.ListWorkflowExecutionsRequest{Query: g.query}
	for {
		page, err := g.temporal.ListWorkflow(ctx, request)
		if err != nil {
			err = listing(err)
		}
		for _, listed := range page.GetExecutions() {
			if g.again(listed) {
				continue
			}
			group.Go(func() error { return g.replay(ctx, listed) })
		}
		request.NextPageToken = page.GetNextPageToken()
		if err != nil || len(request.NextPageToken) == 0 {
			err = cmp.Or(group.Wait(), err)
			return g.found, err
		}
	}
}

// again tells of a run that was listed before: one that closes meanwhile moves
// from among the open ones, which come first, to among the closed.
func (g *replayGate) again(listed *workflowpb.WorkflowExecutionInfo) bool {
	run := listed.GetExecution().GetRunId()
	if g.open[run] {
		return true
	}
	if listed.GetStatus() == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING {
		g.open[run] = true
	}
	return false
}

// listing names the flag that Temporal found wrong.
func listing(err error) error {
	var invalid *serviceerror.InvalidArgument
	if errors.As(err, &invalid) {
		return fmt.Errorf("--query: Temporal does not take it: %w", err)
	}
	return fmt.Errorf("list workflows: %w", err)
}

func (g *replayGate) replay(ctx context.Context, listed *workflowpb.WorkflowExecutionInfo) error {
	execution := workflow.Execution{ID: listed.GetExecution().GetWorkflowId(), RunID: listed.GetExecution().GetRunId()}
	history, err := g.read(ctx, execution)
	var gone *serviceerror.NotFound
	if errors.As(err, &gone) {
		g.note(func(r *replayed) { r.Gone++ })
		return nil
	}
	if err != nil {
		return fmt.Errorf("read history of %s: %w", execution.ID, err)
	}
	err = worker.Replay(execution, history)
	if err == nil {
		g.note(func(r *replayed) {
			r.Replayed++
			if listed.GetStatus() == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING {
				r.Open++
			}
		})
		return nil
	}
	if errors.Is(err, worker.ErrNothingToReplay) {
		g.note(func(r *replayed) { r.NotBegun++ })
		return nil
	}
	if g.spares != nil {
		if spared, failed := g.spares(ctx, execution); spared || failed != nil {
			return failed
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.found.Broken++
	g.found.last = err
	return g.tell(listed, err)
}

func (g *replayGate) read(ctx context.Context, execution workflow.Execution) (*historypb.History, error) {
	history := &historypb.History{}
	events := g.temporal.GetWorkflowHistory(ctx, execution.ID, execution.RunID, false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		if err != nil {
			return nil, err
		}
		history.Events = append(history.Events, event)
	}
	return history, nil
}

func (g *replayGate) note(what func(*replayed)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	what(&g.found)
}

// showProgress writes a line a second until it is stopped.
func (g *replayGate) showProgress() (stop func()) {
	return everySecond(func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		fmt.Fprintf(g.progress, "replayed %d of %d histories, %d would break\n", g.found.seen(), max(g.found.total, int64(g.found.seen())), g.found.Broken)
	})
}
