package inventory

import (
	"context"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// roundTrips is how many are under way at once. While they are, callers
	// gather for the next one.
	roundTrips = 2
	// atOnce is how many calls one of them takes at most.
	atOnce = 100
	// stuck is how long a caller waits for the next one to begin before it
	// begins one itself, up to mostRoundTrips: those that are under way may be on
	// connections that have died.
	stuck          = 20 * time.Millisecond
	mostRoundTrips = 16
	// roundTripTime leaves a caller time to try alone in the second that the
	// lane gives an effect.
	roundTripTime = 500 * time.Millisecond
)

// together makes the calls of concurrent callers in few round trips: Redis
// spends a third of a reservation on reading its request and writing its answer.
// A caller that is alone goes at once.
type together struct {
	client redis.UniversalClient

	mu      sync.Mutex
	waiting []*call
	busy    int // round trips that are under way
}

// call is a script and who waits for it.
type call struct {
	script *redis.Script
	keys   []string
	args   []any
	gone   <-chan struct{} // closed once nobody waits for it

	words []string
	err   error
	done  chan struct{}
}

// run calls a script that is safe to repeat and returns words.
func (t *together) run(ctx context.Context, script *redis.Script, keys []string, args []any) ([]string, error) {
	c := &call{script: script, keys: keys, args: args, gone: ctx.Done(), done: make(chan struct{})}
	t.begin(c, roundTrips)
	hurry := time.NewTimer(stuck)
	defer hurry.Stop()
	for waits := true; waits; {
		select {
		case <-c.done:
			waits = false
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-hurry.C:
			t.begin(nil, mostRoundTrips)
		}
	}
	if c.err == nil {
		return c.words, nil
	}
	// Whatever went wrong in company, alone it has go-redis' own retries: over a
	// lost connection, a script or a slot that has moved, a server that loads.
	return script.Run(ctx, t.client, keys, args...).StringSlice()
}

// begin has the call, if it is one, wait for a round trip, and begins one for all
// that wait unless so many are under way.
func (t *together) begin(c *call, most int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c != nil {
		t.waiting = append(t.waiting, c)
	}
	if len(t.waiting) > 0 && t.busy < most {
		t.busy++
		go t.work()
	}
}

// work makes round trips until nobody waits.
func (t *together) work() {
	for {
		t.mu.Lock()
		calls := t.waiting[:min(len(t.waiting), atOnce)]
		t.waiting = t.waiting[len(calls):]
		if len(calls) == 0 {
			t.busy--
			t.mu.Unlock()
			return
		}
		t.mu.Unlock()
		t.roundTrip(calls)
	}
}

func (t *together) roundTrip(calls []*call) {
	ctx, cancel := context.WithTimeout(context.Background(), roundTripTime)
	defer cancel()
	replies := make([]*redis.Cmd, len(calls))
	_, _ = t.client.Pipelined(ctx, func(p redis.Pipeliner) error { // each reply has its error
		for i, c := range calls {
			select {
			case <-c.gone:
			default:
				replies[i] = c.script.EvalSha(ctx, p, c.keys, c.args...)
			}
		}
		return nil
	})
	for i, c := range calls {
		if c.err = context.Canceled; replies[i] != nil {
			c.words, c.err = replies[i].StringSlice()
		}
		close(c.done)
	}
}
