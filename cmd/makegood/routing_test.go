package main

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	sdkworker "go.temporal.io/sdk/worker"

	"makegood/worker"
)

func TestAWorkerTakesOrdersEagerlyAndSaysWhyNot(t *testing.T) {
	none := sdkworker.WorkerDeploymentVersion{}
	this := sdkworker.WorkerDeploymentVersion{DeploymentName: "orders", BuildID: "this"}
	other := sdkworker.WorkerDeploymentVersion{DeploymentName: "orders", BuildID: "other"}
	tests := []struct {
		name  string
		of    sdkworker.WorkerDeploymentVersion
		now   worker.Routing
		eager bool
		says  string
	}{
		{"without versions", none, worker.Routing{}, true, ""},
		{"current", this, worker.Routing{Current: this}, true, ""},
		{"current, while another ramps", this, worker.Routing{Current: this, Ramping: other, Percent: 1}, false, ""},
		{"ramping", this, worker.Routing{Current: other, Ramping: this, Percent: 99}, false, ""},
		{"after another", this, worker.Routing{Current: other}, false, ""},
		{"before the first promotion", this, worker.Routing{}, false, "makegood deploy promote"},
		{"without its deployment", none, worker.Routing{Current: other}, false, "WORKER_DEPLOYMENT is not set, and they go to other of deployment orders"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var eager atomic.Bool
			r := &routing{version: test.of, log: slog.New(slog.DiscardHandler), allHere: &eager}
			require.ErrorContains(t, r.check().Probe(t.Context()), "not known yet where orders go")
			r.learn(test.now)
			require.Equal(t, test.eager, eager.Load())
			err := r.check().Probe(t.Context())
			if test.says == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, test.says)
		})
	}
}

func TestAWorkerSaysWhyItDoesNotKnowWhereOrdersGo(t *testing.T) {
	nobody, err := client.NewLazyClient(client.Options{HostPort: "127.0.0.1:1", Logger: silentLog{}})
	require.NoError(t, err)
	defer nobody.Close()
	var eager atomic.Bool
	r := &routing{temporal: nobody, log: slog.New(slog.DiscardHandler), allHere: &eager}
	ctx, stop := context.WithCancel(t.Context())
	var following sync.WaitGroup
	following.Go(func() { r.follow(ctx) })
	defer following.Wait()
	defer stop()
	require.Eventually(t, func() bool {
		return strings.Contains(r.check().Probe(ctx).Error(), "no start is eager: ask where task queue orders leads: ")
	}, time.Minute, 10*time.Millisecond)
	require.False(t, eager.Load())
}
