package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/alecthomas/kong"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"makegood/worker"
)

// DeployStatusCmd is `makegood deploy status`.
type DeployStatusCmd struct {
	JSON bool `name:"json" help:"Print JSON for scripts: one object for each version."`
}

// Help is the long help.
func (*DeployStatusCmd) Help() string {
	return `A version's workers are needed for as long as anything is open on it, whether new orders go to it or not.

Examples:

  makegood deploy status
  makegood deploy status --json | jq -r 'select(.open == 0 and .new_orders_percent == 0) | .build'`
}

// versionStatus is how one version stands.
type versionStatus struct {
	// Build is empty for what has no version.
	Build string `json:"build"`
	// This says that it is this binary's.
	This bool `json:"this"`
	// State is current, ramping, draining, drained, or inactive if it never got
	// any orders.
	State string `json:"state"`
	// NewOrders is how many of them it gets, in percent.
	NewOrders float32 `json:"new_orders_percent"`
	// Open is how many workflows are. Temporal's list may lag a second behind.
	Open int64 `json:"open"`
	// Since is when its first worker came.
	Since *time.Time `json:"since,omitempty"`
}

// Run prints every version, newest first.
func (c *DeployStatusCmd) Run(ctx context.Context, k *kong.Kong, settings *DeployCmd) error {
	d, err := settings.open(ctx)
	if err != nil {
		return err
	}
	defer d.temporal.Close()
	versions, err := d.statuses(ctx)
	if err != nil {
		return err
	}
	if c.JSON {
		for _, v := range versions {
			if err := printJSON(k.Stdout, v); err != nil {
				return err
			}
		}
		return nil
	}
	out := table(k.Stdout)
	fmt.Fprintln(out, "BUILD\tSTATE\tNEW ORDERS\tOPEN\tSINCE\t")
	for _, v := range versions {
		since, this := "", ""
		if v.Since != nil {
			since = clock(*v.Since)
		}
		if v.This {
			this = "this binary"
		}
		fmt.Fprintf(out, "%s\t%s\t%g%%\t%d\t%s\t%s\n", cmp.Or(v.Build, "(no version)"), v.State, v.NewOrders, v.Open, since, this)
	}
	return out.Flush()
}

// statuses are of every version, newest first, and of what has none.
func (d *deployment) statuses(ctx context.Context) ([]versionStatus, error) {
	info, err := d.describe(ctx)
	if err != nil {
		return nil, err
	}
	routing, err := worker.RoutingOf(ctx, d.temporal)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(info.VersionSummaries, func(a, b client.WorkerDeploymentVersionSummary) int { return b.CreateTime.Compare(a.CreateTime) })
	var all []versionStatus
	for _, v := range info.VersionSummaries {
		open, err := d.count(ctx, fmt.Sprintf("TemporalWorkerDeploymentVersion = '%s:%s'", v.Version.DeploymentName, v.Version.BuildID))
		if err != nil {
			return nil, err
		}
		all = append(all, versionStatus{
			Build: v.Version.BuildID, This: v.Version == d.version, State: stateOf(v, routing),
			NewOrders: routing.Share(v.Version), Open: open, Since: &v.CreateTime,
		})
	}
	open, err := d.count(ctx, "TemporalWorkerDeploymentVersion IS NULL")
	if err != nil {
		return nil, err
	}
	none := client.WorkerDeploymentVersionSummary{}
	if share := routing.Share(none.Version); open > 0 || share > 0 {
		all = append(all, versionStatus{State: stateOf(none, routing), NewOrders: share, Open: open})
	}
	return all, nil
}

func stateOf(v client.WorkerDeploymentVersionSummary, routing worker.Routing) string {
	switch {
	case v.Version == routing.Current:
		return "current"
	case v.Version == routing.Ramping && routing.Percent > 0:
		return "ramping"
	case v.DrainageStatus == client.WorkerDeploymentVersionDrainageStatusDraining:
		return "draining"
	case v.DrainageStatus == client.WorkerDeploymentVersionDrainageStatusDrained:
		return "drained"
	default:
		return "inactive"
	}
}

// count is of the open workflows that a worker of orders runs.
func (d *deployment) count(ctx context.Context, where string) (int64, error) {
	counted, err := d.temporal.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{Query: openWorkflows() + " AND " + where})
	if err != nil {
		return 0, fmt.Errorf("count open workflows: %w", err)
	}
	return counted.GetCount(), nil
}
