package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"makegood/worker"
)

// ReplayCmd is `makegood replay`, the gate before a release: would a worker of
// this binary go on with the orders that others began?
type ReplayCmd struct {
	Query string     `placeholder:"QUERY" help:"Only histories that this visibility query finds as well, such as \"SagaStatus = 'needs_attention'\"."`
	Since replayFrom `placeholder:"TIME" help:"Only what was open at some time since: a duration such as 24h, or a time such as 2026-11-01T00:00:00Z."`
	JSON  bool       `name:"json" help:"Print JSON for scripts: one object for each history that would break, and last the summary."`
}

// Help is the long help.
func (*ReplayCmd) Help() string {
	return `Reads the histories of orders, of their unwinding and of the audit from the Temporal namespace, open and closed, and replays each with the workflows of this binary. It only reads, runs no step and needs no worker, so it may run beside those in production.

Ends with 0 if all of them replay. Ends with 1 and names each that would break, with the reason: workers of this binary could not go on with such an order. Then the change needs workflow.GetVersion, see CONTRIBUTING.md.

Examples:

  makegood replay
  makegood replay --since 168h
  makegood replay --query "ExecutionStatus = 'Running'"
  makegood replay --json | jq -r 'select(.reason) | .workflow_id'

Temporal is found by its own variables, such as TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE.`
}

// replayFrom is a time, given as one or as how long ago it was.
type replayFrom time.Time

func (f *replayFrom) UnmarshalText(text []byte) error {
	if ago, err := time.ParseDuration(string(text)); err == nil && ago > 0 {
		*f = replayFrom(time.Now().Add(-ago))
		return nil
	}
	at, err := time.Parse(time.RFC3339, string(text))
	if err != nil {
		return fmt.Errorf("%q is neither a duration such as 24h nor a time such as 2026-11-01T00:00:00Z", text)
	}
	*f = replayFrom(at)
	return nil
}

// Run replays and reports.
func (c *ReplayCmd) Run(ctx context.Context, k *kong.Kong) error {
	temporal, _, err := dialTemporal(ctx)
	if err != nil {
		return err
	}
	defer temporal.Close()

	gate := &replayGate{temporal: temporal, query: c.visibilityQuery(), out: k.Stdout, progress: k.Stderr, json: c.JSON, open: map[string]bool{}}
	found, err := gate.run(ctx)
	if ctx.Err() != nil {
		return fmt.Errorf("stopped after %d of %d histories", found.seen(), found.total)
	}
	if err != nil {
		return err
	}
	if err := gate.summarize(found); err != nil {
		return err
	}
	if found.Broken > 0 {
		return fmt.Errorf("workers of this binary would break %d of %d histories", found.Broken, found.Replayed+found.Broken)
	}
	return nil
}

// visibilityQuery is of the binary's own workflow types. What is open has no
// close time.
func (c *ReplayCmd) visibilityQuery() string {
	query := ownWorkflows()
	if since := time.Time(c.Since); !since.IsZero() {
		query += fmt.Sprintf(" AND (ExecutionStatus = 'Running' OR CloseTime >= '%s')", since.UTC().Format(time.RFC3339Nano))
	}
	if c.Query != "" {
		query += " AND (" + c.Query + ")"
	}
	return query
}

// ownWorkflows is a visibility query of all that a worker of orders runs.
func ownWorkflows() string {
	return "WorkflowType IN ('" + strings.Join(worker.WorkflowTypes, "', '") + "')"
}

// silentLog keeps the SDK's client from logging between the command's lines.
type silentLog struct{}

func (silentLog) Debug(string, ...any) {}
func (silentLog) Info(string, ...any)  {}
func (silentLog) Warn(string, ...any)  {}
func (silentLog) Error(string, ...any) {}
