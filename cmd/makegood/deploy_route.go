package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/alecthomas/kong"
	"go.temporal.io/sdk/client"
)

// DeployRampCmd is `makegood deploy ramp`.
type DeployRampCmd struct {
	Percent percent `arg:"" help:"How many of the new orders in a hundred; 0 ends the ramp of any version."`
}

// DeployPromoteCmd is `makegood deploy promote`.
type DeployPromoteCmd struct{}

const gateHelp = `First it replays, as makegood replay does, the open workflows that would come to this version: those without a version, and the audits. Orders of another version end on that, and are not looked at. If one would break it names them, changes nothing and ends with 1.
`

// Help is the long help.
func (*DeployRampCmd) Help() string {
	return gateHelp + `
Examples:

  makegood deploy ramp 10
  makegood deploy ramp 0`
}

// Help is the long help.
func (*DeployPromoteCmd) Help() string {
	return gateHelp + `
It also ends a ramp, of whichever version. Examples, the second one a rollback:

  makegood deploy promote
  kubectl exec deploy/makegood-worker-<old version> -- /makegood deploy promote`
}

// percent is of the orders that come in.
type percent float32

func (p *percent) UnmarshalText(text []byte) error {
	read, err := strconv.ParseFloat(string(text), 32)
	if err != nil || !(read >= 0 && read <= 100) {
		return fmt.Errorf("%q is no number from 0 to 100", text)
	}
	*p = percent(read)
	return nil
}

// Run asks the gate and ramps.
func (c *DeployRampCmd) Run(ctx context.Context, k *kong.Kong, settings *DeployCmd) error {
	return settings.route(ctx, k, c.Percent > 0, func(d *deployment, _ client.WorkerDeploymentInfo) (string, error) {
		if c.Percent == 0 {
			return "the ramp is over: all new orders go to the current version", d.endRamp(ctx)
		}
		_, err := d.handle.SetRampingVersion(ctx, client.WorkerDeploymentSetRampingVersionOptions{BuildID: d.version.BuildID, Percentage: float32(c.Percent)})
		return fmt.Sprintf("%g%% of new orders go to build %s", c.Percent, d.version.BuildID), err
	})
}

// Run asks the gate and promotes.
func (c *DeployPromoteCmd) Run(ctx context.Context, k *kong.Kong, settings *DeployCmd) error {
	return settings.route(ctx, k, true, func(d *deployment, info client.WorkerDeploymentInfo) (string, error) {
		if d.isAnothers(info.RoutingConfig) {
			if err := d.endRamp(ctx); err != nil {
				return "", err
			}
		}
		_, err := d.handle.SetCurrentVersion(ctx, client.WorkerDeploymentSetCurrentVersionOptions{BuildID: d.version.BuildID})
		return "new orders go to build " + d.version.BuildID, err
	})
}

// route changes where orders go, behind the gate if there are any that it would
// bring to this binary.
func (d *DeployCmd) route(ctx context.Context, k *kong.Kong, brings bool, change func(*deployment, client.WorkerDeploymentInfo) (string, error)) error {
	to, err := d.open(ctx)
	if err != nil {
		return err
	}
	defer to.temporal.Close()
	info, err := to.describe(ctx)
	if err != nil {
		return err
	}
	if brings {
		if err := to.has(info); err != nil {
			return err
		}
		if err := to.gate(ctx, k); err != nil {
			return err
		}
	}
	changed, err := change(to, info)
	if err != nil {
		return fmt.Errorf("tell Temporal where orders go: %w", err)
	}
	_, err = fmt.Fprintln(k.Stdout, changed)
	return err
}

// isAnothers tells of a ramp that does not end by itself once this version is
// current. One to workers that have no version is known by its percentage alone.
func (d *deployment) isAnothers(ramp client.WorkerDeploymentRoutingConfig) bool {
	if ramp.RampingVersion == nil {
		return ramp.RampingVersionPercentage > 0
	}
	return *ramp.RampingVersion != d.version
}

func (d *deployment) endRamp(ctx context.Context) error {
	_, err := d.handle.SetRampingVersion(ctx, client.WorkerDeploymentSetRampingVersionOptions{})
	return err
}
