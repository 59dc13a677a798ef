package worker_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	sdkworker "go.temporal.io/sdk/worker"

	"makegood/worker"
)

func TestShareOfTheOrdersThatComeIn(t *testing.T) {
	none := sdkworker.WorkerDeploymentVersion{}
	first := sdkworker.WorkerDeploymentVersion{DeploymentName: "orders", BuildID: "1"}
	second := sdkworker.WorkerDeploymentVersion{DeploymentName: "orders", BuildID: "2"}
	tests := []struct {
		name                string
		routing             worker.Routing
		none, first, second float32
	}{
		{"nobody ever set anything", worker.Routing{}, 100, 0, 0},
		{"one is current", worker.Routing{Current: first}, 0, 100, 0},
		{"another ramps", worker.Routing{Current: first, Ramping: second, Percent: 10}, 0, 90, 10},
		{"the first one ramps", worker.Routing{Ramping: first, Percent: 25}, 75, 25, 0},
		{"one ramps to none", worker.Routing{Current: first, Percent: 25}, 25, 75, 0},
		{"a ramp that is paused", worker.Routing{Current: first, Ramping: second}, 0, 100, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			require.Equal(t, test.none, test.routing.Share(none))
			require.Equal(t, test.first, test.routing.Share(first))
			require.Equal(t, test.second, test.routing.Share(second))
		})
	}
}
