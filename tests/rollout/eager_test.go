package rollout_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	sdkworker "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	makegood "makegood/api/client"
	"makegood/order"
	"makegood/tests/harness"
)

// What Temporal 1.29.1 itself does: it hands an eager start to the worker beside
// the client, whatever version is current. That is why makegood asks for eager
// starts only while all orders come to that worker. If this fails, Temporal has
// learned to look, and docs/deploys.md and cmd/makegood/routing.go may be simpler.
func TestTemporalGivesAnEagerStartToAnyVersion(t *testing.T) {
	t.Parallel()
	s := harness.New(t)
	const queue, kind = "eager", "Noop"
	begin := func(build string) client.Client {
		c, err := client.Dial(client.Options{HostPort: s.ToTemporal.Address, Namespace: s.Namespace, Logger: silent{}})
		require.NoError(t, err)
		t.Cleanup(c.Close)
		w := sdkworker.New(c, queue, sdkworker.Options{DeploymentOptions: sdkworker.DeploymentOptions{
			UseVersioning: true, DefaultVersioningBehavior: workflow.VersioningBehaviorPinned,
			Version: sdkworker.WorkerDeploymentVersion{DeploymentName: "noops", BuildID: build},
		}})
		w.RegisterWorkflowWithOptions(func(workflow.Context) error { return nil }, workflow.RegisterOptions{Name: kind})
		require.NoError(t, w.Start())
		t.Cleanup(w.Stop)
		return c
	}
	current, other := begin("current"), begin("other")
	noops := current.WorkerDeploymentClient().GetHandle("noops")
	harness.Eventually(t, func(ctx context.Context) error {
		_, err := noops.SetCurrentVersion(ctx, client.WorkerDeploymentSetCurrentVersionOptions{BuildID: "current"})
		return err
	})
	for _, eager := range []bool{false, true} {
		run, err := other.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{TaskQueue: queue, EnableEagerStart: eager}, kind)
		require.NoError(t, err)
		require.NoError(t, run.Get(t.Context(), nil))
		r := howRan(t, s, order.ID(run.GetID()))
		require.Equal(t, eager, r.eager)
		want := "current"
		if eager {
			want = "other"
		}
		require.Equal(t, []string{want}, r.builds)
	}
}

// A gateway that has a worker beside it gives its orders to that worker only
// while they would come to it anyway.
func TestEagerStartsKeepToTheCurrentVersion(t *testing.T) {
	t.Parallel()
	s := harness.New(t, harness.Apart())
	_, err := s.API.SetStock(t.Context(), harness.Sample().Lines[0].SKU, 10_000, "", "")
	require.NoError(t, err)
	require.NoError(t, s.Worker.Stop())
	before, after := sides(t, s, "serve")
	gateways := map[string]*makegood.Client{before.build: harness.APIOf(t, before.Role), after.build: harness.APIOf(t, after.Role)}

	for _, current := range []side{before, after} {
		current.does(t, "promote")
		for build, gateway := range gateways {
			awaitBuy(t, s, gateway, ran{builds: []string{current.build}, eager: build == current.build})
			takes(t, gateway, fmt.Sprintf("%s is current", current.build), build)
		}
	}

	before.does(t, "ramp", "50")
	for build, gateway := range gateways {
		for _, on := range []string{before.build, after.build} {
			awaitBuy(t, s, gateway, ran{builds: []string{on}})
		}
		takes(t, gateway, "both get orders", build)
	}
	s.RequireSound(t)
}

// awaitBuy buys until an order runs like that: a process looks every two seconds
// where orders go.
func awaitBuy(t *testing.T, s *harness.System, gateway *makegood.Client, want ran) {
	t.Helper()
	harness.Eventually(t, func(context.Context) error {
		if r := howRan(t, s, buy(t, gateway)); r.eager != want.eager || !slices.Equal(r.builds, want.builds) {
			return fmt.Errorf("an order ran so: %+v, not %+v", r, want)
		}
		return nil
	})
}

// takes measures, in a long test, how long half of the orders take at most.
func takes(t *testing.T, gateway *makegood.Client, while, through string) {
	t.Helper()
	if !long {
		return
	}
	took := make([]time.Duration, 41)
	for i := range took {
		began := time.Now()
		buy(t, gateway)
		took[i] = time.Since(began).Round(time.Millisecond)
	}
	slices.Sort(took)
	t.Logf("while %s, an order through %s takes %s", while, through, took[len(took)/2])
}

// silent keeps the SDK from logging into the tests' output.
type silent struct{}

func (silent) Debug(string, ...any) {}
func (silent) Info(string, ...any)  {}
func (silent) Warn(string, ...any)  {}
func (silent) Error(string, ...any) {}
