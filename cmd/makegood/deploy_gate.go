package main

import (
	"context"
	"fmt"

	"github.com/alecthomas/kong"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/workflow"
)

// gate replays what would come to this binary, and returns an error if any of it
// would break.
func (d *deployment) gate(ctx context.Context, k *kong.Kong) error {
	gate := &replayGate{temporal: d.temporal, query: openWorkflows() + unpinned, out: k.Stdout, progress: k.Stderr, spares: d.staysAway, open: map[string]bool{}}
	found, err := gate.run(ctx)
	if err != nil {
		return fmt.Errorf("nothing was changed: %w", err)
	}
	if found.Broken > 0 {
		return fmt.Errorf("nothing was changed: workers of this binary would break %d of %d open workflows that would come to them", found.Broken, found.Replayed+found.Broken)
	}
	_, err = fmt.Fprintf(k.Stdout, "open workflows that would come to this build: %d replay, %d have not begun\n", found.Replayed, found.NotBegun)
	return err
}

// unpinned is what goes wherever new workflows do.
const unpinned = " AND (TemporalWorkflowVersioningBehavior IS NULL OR TemporalWorkflowVersioningBehavior != 'Pinned')"

// staysAway tells of a workflow that was pinned, or has closed, since it was
// listed as open and unpinned: Temporal's list is of a moment ago, when its
// first task was not over.
func (d *deployment) staysAway(ctx context.Context, listed workflow.Execution) (bool, error) {
	described, err := d.temporal.DescribeWorkflowExecution(ctx, listed.ID, listed.RunID)
	if err != nil {
		return false, fmt.Errorf("describe %s: %w", listed.ID, err)
	}
	info := described.GetWorkflowExecutionInfo()
	behavior := info.GetVersioningInfo().GetBehavior()
	switch override := info.GetVersioningInfo().GetVersioningOverride(); {
	case override.GetAutoUpgrade():
		behavior = enumspb.VERSIONING_BEHAVIOR_AUTO_UPGRADE
	case override.GetPinned() != nil:
		behavior = enumspb.VERSIONING_BEHAVIOR_PINNED
	}
	return behavior == enumspb.VERSIONING_BEHAVIOR_PINNED || info.GetStatus() != enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, nil
}
