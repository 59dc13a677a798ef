package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// part is something that runs until its context ends and then finishes what it
// has begun.
type part struct {
	name string
	run  func(context.Context) error
}

// stopWithin bounds a graceful stop; Kubernetes kills after 30 s.
const stopWithin = 25 * time.Second

// run starts every part and waits until ctx ends or one of them fails. Then it
// stops them one after the other, the last first: the gateway before the
// worker that its requests wait for.
func run(ctx context.Context, log *slog.Logger, parts ...part) error {
	base := context.WithoutCancel(ctx)
	ended := make(chan error, len(parts))
	type running struct {
		part
		stop context.CancelFunc
		done chan struct{}
	}
	var all []running
	for _, p := range parts {
		partCtx, stop := context.WithCancel(base)
		r := running{p, stop, make(chan struct{})}
		all = append(all, r)
		go func() {
			defer close(r.done)
			if err := r.run(partCtx); err != nil && !errors.Is(err, context.Canceled) {
				ended <- fmt.Errorf("%s: %w", r.name, err)
				return
			}
			ended <- nil
		}()
	}

	var failure error
	select {
	case <-ctx.Done():
	case failure = <-ended:
	}
	timeout := time.After(stopWithin)
	for i := len(all) - 1; i >= 0; i-- {
		all[i].stop()
		select {
		case <-all[i].done:
			log.Debug("stopped", "part", all[i].name)
		case <-timeout:
			return errors.Join(failure, fmt.Errorf("%s did not stop within %s", all[i].name, stopWithin))
		}
	}
	close(ended)
	for err := range ended {
		failure = errors.Join(failure, err)
	}
	return failure
}
