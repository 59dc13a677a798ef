package bench

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"makegood/inventory"
)

// StockConfig is what the benchmark of the stock needs beside its server.
type StockConfig struct {
	// Connections are open at once, with one call in flight on each.
	Connections int
	// Time is for how long each row is measured, in slices of all rounds.
	// Commit and release have what was reserved meanwhile, each half of it.
	Time time.Duration
	// SKUs are what orders are spread over; zero means 10,000.
	SKUs int
	// Progress is told what is being done; nil means nobody.
	Progress io.Writer
}

// removeWithin is how long the keys of a run may take to go.
const removeWithin = 30 * time.Second

// Stock measures a pool of stock of its own on the Redis at url, and PING and
// DECR beside it. It loads the server as much as it can.
// Its keys are gone when it returns, also when ctx ended before it was done;
// else the error says which are left.
func Stock(ctx context.Context, url string, cfg StockConfig) (_ StockReport, err error) {
	if cfg.SKUs == 0 {
		cfg.SKUs = 10_000
	}
	if cfg.Progress == nil {
		cfg.Progress = io.Discard
	}
	client, err := openRedis(url, cfg.Connections)
	if err != nil {
		return StockReport{}, err
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	namespace := "bench-" + strings.ToLower(rand.Text()[:10])
	// The counters share it, so that a cluster keeps all of it on one node.
	prefix := inventory.KeyPrefix(namespace)
	r := &stockRun{
		StockConfig: cfg, client: client, prefix: prefix,
		// A run that is killed leaves closed orders for no longer than this.
		pool:     inventory.New(client, inventory.Config{Namespace: namespace, KeepFor: time.Hour}),
		measured: map[string]*measurement{},
	}
	warnings, err := r.pool.CheckServer(ctx)
	for _, w := range warnings {
		fmt.Fprintln(cfg.Progress, "warning: "+w)
	}
	if err != nil {
		return StockReport{}, fmt.Errorf("REDIS_URL: %w", err)
	}
	if r.node, err = nodeOf(ctx, client, prefix); err != nil {
		return StockReport{}, fmt.Errorf("REDIS_URL: %w", err)
	}
	fmt.Fprintf(cfg.Progress, "Its keys begin with %s and are removed at the end, also after Ctrl-C.\n", prefix)
	began := time.Now()
	err = r.run(ctx)
	removing, cancel := context.WithTimeout(context.WithoutCancel(ctx), removeWithin)
	defer cancel()
	if left := r.remove(removing); left != nil {
		return StockReport{}, errors.Join(err, fmt.Errorf("keys that begin with %s are left: %w", prefix, left))
	}
	if err != nil {
		return StockReport{}, err
	}
	return r.report(removing, began), nil
}
