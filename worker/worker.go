// Package worker runs the saga and its activities for a task queue. It decides
// how much work one process takes at once; what the work is belongs to
// workflows and activities.
package worker

import (
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	sdkworker "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"makegood/activities"
	"makegood/audit"
	"makegood/workflows"
)

// stopTimeout is how long a stopping worker lets activities finish. One that
// needs longer runs again elsewhere after its attempt's timeout.
const stopTimeout = 10 * time.Second

// New registers everything that a worker of orders needs. Stop finishes what
// has begun. It is of this version of a Worker Deployment; the zero version is
// a worker without versioning.
func New(c client.Client, version sdkworker.WorkerDeploymentVersion, acts *activities.Activities, auditor *audit.Auditor, orders *workflows.Orders) sdkworker.Worker {
	options := sdkworker.Options{
		WorkerStopTimeout: stopTimeout,
		Interceptors:      []interceptor.WorkerInterceptor{&failures{}},
		// Autoscaling keeps enough pollers for every task queue partition
		// under load and few at rest; with too few, tasks wait in partitions
		// that nobody polls.
		WorkflowTaskPollerBehavior: sdkworker.NewPollerBehaviorAutoscaling(sdkworker.PollerBehaviorAutoscalingOptions{}),
		ActivityTaskPollerBehavior: sdkworker.NewPollerBehaviorAutoscaling(sdkworker.PollerBehaviorAutoscalingOptions{}),
	}
	if version != (sdkworker.WorkerDeploymentVersion{}) {
		options.DeploymentOptions = sdkworker.DeploymentOptions{
			UseVersioning: true, Version: version, DefaultVersioningBehavior: workflow.VersioningBehaviorPinned,
		}
	}
	w := sdkworker.New(c, workflows.TaskQueue, options)
	RegisterWorkflows(w, orders)
	w.RegisterActivity(acts)
	w.RegisterActivity(auditor)
	return w
}

// WorkflowTypes are those that RegisterWorkflows registers.
var WorkflowTypes = []string{workflows.OrderWorkflow, workflows.UnwindWorkflow, audit.Workflow, audit.StockWorkflow}

// RegisterWorkflows registers every workflow by its type. What replays
// histories registers with it too, so that it runs what a worker runs.
//
// With versioning, orders and their unwinding end on the version that they began
// on, and an audit moves to the current one: the next audit can't begin before
// it has ended, and must not wait for workers that are gone (docs/adr/0025).
func RegisterWorkflows(to sdkworker.WorkflowRegistry, orders *workflows.Orders) {
	to.RegisterWorkflowWithOptions(orders.Order, workflow.RegisterOptions{Name: workflows.OrderWorkflow})
	to.RegisterWorkflowWithOptions(orders.Unwind, workflow.RegisterOptions{Name: workflows.UnwindWorkflow})
	to.RegisterWorkflowWithOptions(audit.Run, workflow.RegisterOptions{Name: audit.Workflow, VersioningBehavior: workflow.VersioningBehaviorAutoUpgrade})
	to.RegisterWorkflowWithOptions(audit.RunStock, workflow.RegisterOptions{Name: audit.StockWorkflow, VersioningBehavior: workflow.VersioningBehaviorAutoUpgrade})
}
