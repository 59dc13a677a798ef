package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"go.temporal.io/sdk/client"
	sdkworker "go.temporal.io/sdk/worker"

	"makegood/telemetry"
	"makegood/worker"
)

// lookEvery is how late a worker may learn where orders go: for as long a
// gateway beside it may still start orders on it that Temporal would have sent
// elsewhere. They are pinned to it and end on it, as others before them.
const lookEvery = 2 * time.Second

// routing is what this process' worker knows of where orders go. An eager start
// asks nobody: Temporal gives the order to the worker beside the gateway,
// whichever version is current. So it is used only while all orders come here.
type routing struct {
	temporal client.Client
	version  sdkworker.WorkerDeploymentVersion // of the worker
	log      *slog.Logger
	allHere  *atomic.Bool

	seen   atomic.Pointer[worker.Routing]
	failed atomic.Pointer[error] // of the last look that Temporal did not answer
}

// follow looks until ctx ends. While Temporal doesn't answer, what it said last
// holds.
func (r *routing) follow(ctx context.Context) {
	for silent := false; ; {
		look, cancel := context.WithTimeout(ctx, lookEvery)
		routing, err := worker.RoutingOf(look, r.temporal)
		cancel()
		if err == nil {
			r.learn(routing)
		} else if ctx.Err() == nil {
			r.failed.Store(&err)
			if !silent {
				r.log.Warn("can't tell where orders go", "error", err)
			}
		}
		silent = err != nil
		select {
		case <-ctx.Done():
			return
		case <-time.After(lookEvery):
		}
	}
}

func (r *routing) learn(now worker.Routing) {
	share := now.Share(r.version)
	r.allHere.Store(share == 100)
	if before := r.seen.Swap(&now); before != nil && *before == now {
		return
	}
	r.log.Info("where orders go", "here_percent", share, "current", now.Current.BuildID, "ramping", now.Ramping.BuildID, "ramping_percent", now.Percent)
	if err := r.check().Probe(context.Background()); err != nil {
		r.log.Warn(err.Error())
	}
}

// check tells of a worker that gets no orders though nobody has taken its place:
// a first deploy that nobody promoted, or a worker that was started without its
// deployment. It also tells of one that was never told where orders go, and why:
// it runs what comes to it, and stays degraded until Temporal answers.
func (r *routing) check() telemetry.Check {
	return telemetry.Check{Name: "deployment", Probe: func(context.Context) error {
		now := r.seen.Load()
		none := sdkworker.WorkerDeploymentVersion{}
		switch {
		case now == nil:
			const unknown = "it is not known yet where orders go: until then no start is eager"
			if failed := r.failed.Load(); failed != nil {
				return fmt.Errorf(unknown+": %w", *failed)
			}
			return errors.New(unknown)
		case now.Share(r.version) > 0:
			return nil
		case r.version == none:
			return fmt.Errorf("no order comes here: WORKER_DEPLOYMENT is not set, and they go to %s of deployment %s", now.Current.BuildID, now.Current.DeploymentName)
		case now.Current == none:
			return errors.New("no order comes here before makegood deploy promote, or ramp, was run with this binary: no version is current")
		default:
			return nil // another version is current, which is how a version begins and how it ends
		}
	}}
}
