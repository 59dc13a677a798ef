package worker

import (
	"context"
	"fmt"

	deploymentpb "go.temporal.io/api/deployment/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	sdkworker "go.temporal.io/sdk/worker"

	"makegood/workflows"
)

// Routing says which workers are given the orders that come in. The zero
// version stands for workers without versioning, who get all orders of a
// namespace in which nobody ever set anything.
type Routing struct {
	// Current gets all orders that Ramping does not get.
	Current, Ramping sdkworker.WorkerDeploymentVersion
	// Percent of the orders is Ramping's, 0 to 100. At 0 nothing is ramping.
	Percent float32
}

// RoutingOf asks Temporal's task queue, which costs the server no more than a
// look into its memory.
func RoutingOf(ctx context.Context, c client.Client) (Routing, error) {
	described, err := c.DescribeTaskQueue(ctx, workflows.TaskQueue, enumspb.TASK_QUEUE_TYPE_WORKFLOW)
	if err != nil {
		return Routing{}, fmt.Errorf("ask where task queue %s leads: %w", workflows.TaskQueue, err)
	}
	info := described.GetVersioningInfo()
	return Routing{
		Current: versionOf(info.GetCurrentDeploymentVersion()),
		Ramping: versionOf(info.GetRampingDeploymentVersion()),
		Percent: info.GetRampingVersionPercentage(),
	}, nil
}

func versionOf(v *deploymentpb.WorkerDeploymentVersion) sdkworker.WorkerDeploymentVersion {
	return sdkworker.WorkerDeploymentVersion{DeploymentName: v.GetDeploymentName(), BuildID: v.GetBuildId()}
}

// Share is how many of the orders that come in go to the version, in percent.
func (r Routing) Share(version sdkworker.WorkerDeploymentVersion) float32 {
	share := float32(0)
	if version == r.Current {
		share = 100 - r.Percent
	}
	if version == r.Ramping {
		share += r.Percent
	}
	return share
}
