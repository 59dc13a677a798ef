package main

import (
	"context"
	"errors"
	"fmt"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	sdkworker "go.temporal.io/sdk/worker"
)

// DeployCmd is where orders go among the versions of the workers' deployment.
// What it changes is always to or from the version that this binary is.
type DeployCmd struct {
	DeploymentSettings

	Status  DeployStatusCmd  `cmd:"" help:"Show the versions, where orders go, and how many are open on each."`
	Ramp    DeployRampCmd    `cmd:"" help:"Send a part of the new orders to this binary's version, if it can go on with what is open; 0 ends a ramp."`
	Promote DeployPromoteCmd `cmd:"" help:"Send all new orders to this binary's version, if it can go on with what is open. With the old binary this is the rollback."`
}

// deployment is the workers' deployment, and this binary's version of it.
type deployment struct {
	temporal client.Client
	handle   client.WorkerDeploymentHandle
	version  sdkworker.WorkerDeploymentVersion
}

// open dials Temporal; the caller closes the client.
func (d *DeployCmd) open(ctx context.Context) (*deployment, error) {
	version, err := d.version()
	if err != nil {
		return nil, err
	}
	if d.WorkerDeployment == "" {
		return nil, errors.New("--worker-deployment is not set; write the name that the workers have, such as orders")
	}
	temporal, _, err := dialTemporal(ctx)
	if err != nil {
		return nil, err
	}
	return &deployment{temporal, temporal.WorkerDeploymentClient().GetHandle(version.DeploymentName), version}, nil
}

// describe returns an error that says what to do if Temporal doesn't know the
// deployment.
func (d *deployment) describe(ctx context.Context) (client.WorkerDeploymentInfo, error) {
	described, err := d.handle.Describe(ctx, client.WorkerDeploymentDescribeOptions{})
	if unknown := (*serviceerror.NotFound)(nil); errors.As(err, &unknown) {
		return described.Info, fmt.Errorf("no worker of deployment %s has asked Temporal for work yet; start one with WORKER_DEPLOYMENT=%s first", d.version.DeploymentName, d.version.DeploymentName)
	}
	if err != nil {
		return described.Info, fmt.Errorf("describe deployment %s: %w", d.version.DeploymentName, err)
	}
	return described.Info, nil
}

// has tells whether Temporal has seen a worker of this binary's version.
func (d *deployment) has(info client.WorkerDeploymentInfo) error {
	for _, v := range info.VersionSummaries {
		if v.Version == d.version {
			return nil
		}
	}
	return fmt.Errorf("no worker of build %s, which this binary is, has asked Temporal for work yet; start one first", d.version.BuildID)
}

func openWorkflows() string { return "ExecutionStatus = 'Running' AND " + ownWorkflows() }
