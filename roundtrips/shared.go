// Package roundtrips has concurrent callers share round trips to Redis. It knows
// nothing of what they ask, and remembers nothing.
package roundtrips

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

// Shared makes the calls of concurrent callers in few round trips: Redis spends
// a third of a reservation on reading its request and writing its answer. A caller
// that is alone goes at once. On a cluster each node has a round trip.
type Shared struct {
	client redis.UniversalClient

	mu      sync.Mutex
	waiting []*call
	busy    int // round trips that are under way
}

// call is a script, or a command, and who waits for it.
type call struct {
	script *redis.Script // nil for a command, which is in args
	keys   []string
	args   []any
	gone   <-chan struct{} // closed once nobody waits for it

	reply *redis.Cmd
	done  chan struct{}
}

// New shares round trips of a client that the caller closes.
func New(client redis.UniversalClient) *Shared { return &Shared{client: client} }

// Run calls a script that is safe to repeat.
func (t *Shared) Run(ctx context.Context, script *redis.Script, keys []string, args ...any) *redis.Cmd {
	return t.call(ctx, &call{script: script, keys: keys, args: args, gone: ctx.Done(), done: make(chan struct{})})
}

// Do makes a command that is safe to repeat.
func (t *Shared) Do(ctx context.Context, command ...any) *redis.Cmd {
	return t.call(ctx, &call{args: command, gone: ctx.Done(), done: make(chan struct{})})
}

func (t *Shared) call(ctx context.Context, c *call) *redis.Cmd {
	ctx, span := startSpan(ctx, c)
	reply := t.ask(ctx, c)
	endSpan(span, reply.Err())
	return reply
}

func (t *Shared) ask(ctx context.Context, c *call) *redis.Cmd {
	t.begin(c, roundTrips)
	hurry := time.NewTimer(stuck)
	defer hurry.Stop()
	for waits := true; waits; {
		select {
		case <-c.done:
			waits = false
		case <-ctx.Done():
			given := redis.NewCmd(ctx)
			given.SetErr(ctx.Err())
			return given
		case <-hurry.C:
			t.begin(nil, mostRoundTrips)
		}
	}
	if c.reply != nil && c.reply.Err() == nil {
		return c.reply
	}
	// Whatever went wrong in company, alone it has go-redis' own retries: over a
	// lost connection, a script or a slot that has moved, a server that loads.
	if c.script == nil {
		return t.client.Do(ctx, c.args...)
	}
	return c.script.Run(ctx, t.client, c.keys, c.args...)
}

// begin has the call, if it is one, wait for a round trip, and begins one for all
// that wait unless so many are under way.
func (t *Shared) begin(c *call, most int) {
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
func (t *Shared) work() {
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

func (t *Shared) roundTrip(calls []*call) {
	ctx, cancel := context.WithTimeout(context.Background(), roundTripTime)
	defer cancel()
	_, _ = t.client.Pipelined(ctx, func(p redis.Pipeliner) error { // each reply has its error
		for _, c := range calls {
			select {
			case <-c.gone:
				continue
			default:
			}
			if c.script == nil {
				c.reply = p.Do(ctx, c.args...)
			} else {
				c.reply = c.script.EvalSha(ctx, p, c.keys, c.args...)
			}
		}
		return nil
	})
	for _, c := range calls {
		close(c.done)
	}
}
