package inventory_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"golang.org/x/sync/errgroup"

	"makegood/order"
)

// twice makes the call twice at once. Both must have the same answer.
func twice[T any](call func() (T, error)) (T, error) {
	var answers [2]T
	var group errgroup.Group
	for i := range answers {
		group.Go(func() (err error) {
			answers[i], err = call()
			return err
		})
	}
	err := group.Wait()
	if err == nil && !assert.ObjectsAreEqual(answers[0], answers[1]) {
		err = fmt.Errorf("the same call was answered %+v and %+v", answers[0], answers[1])
	}
	return answers[0], err
}

// answer is the call's outcome, be it a refusal.
func (f *traffic) answer(do effect, o order.Order) (outcome order.Outcome, err error) {
	err = f.insist(func(ctx context.Context) error {
		outcome, err = do(ctx, o)
		if rejection := (*order.Rejection)(nil); errors.As(err, &rejection) {
			outcome, err = rejection.Outcome, nil
		}
		return err
	})
	return outcome, err
}

// insist makes the call again until it has an answer, as Temporal does. Only an
// error that tells of the servers, and nothing of the stock, is no answer.
func (f *traffic) insist(call func(context.Context) error) error {
	deadline := time.Now().Add(time.Minute)
	for {
		err := f.attempt(call)
		if err == nil || f.failed() {
			return err
		}
		why := noiseOf(err)
		if why == "" || time.Now().After(deadline) {
			return fmt.Errorf("not an answer: %w", err)
		}
		f.mu.Lock()
		f.noise[why]++
		f.mu.Unlock()
	}
}

func (f *traffic) attempt(call func(context.Context) error) error {
	f.gate.RLock()
	defer f.gate.RUnlock()
	ctx, cancel := context.WithTimeout(f.ctx, 2*time.Second)
	defer cancel()
	return call(ctx)
}

func (f *traffic) noises() map[string]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return maps.Clone(f.noise)
}

// noiseOf says what an error tells of the servers, and is empty for any other.
func noiseOf(err error) string {
	for _, prefix := range []string{"MOVED", "ASK", "TRYAGAIN", "CLUSTERDOWN", "LOADING", "EXECABORT", "READONLY"} {
		if redis.HasErrorPrefix(err, prefix+" ") {
			return prefix
		}
	}
	// Count reads the records of open holds, wherever they are by now.
	if strings.Contains(err.Error(), "Script attempted to access a non local key in a cluster node") {
		return "non local key"
	}
	var network net.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "deadline"
	case errors.As(err, &network), errors.Is(err, io.EOF):
		return "network"
	}
	return ""
}
