package outbound_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/outbound"
)

func TestRateIsKeptInEverySecond(t *testing.T) {
	for _, rate := range []float64{0.5, 1, 5, 9.5, 10, 25, 50, 100} {
		t.Run(fmt.Sprintf("%v a second", rate), func(t *testing.T) {
			inWorld(t, rate, func(t *testing.T, w *world) {
				const long = 20 * time.Second
				time.Sleep(long) // nobody asks for a while: tokens don't add up without end
				began := time.Now()
				var askers sync.WaitGroup
				for range int(long.Seconds()*rate) * 2 {
					askers.Go(func() { _ = w.ask(within(t, 2*long)) })
				}
				askers.Wait()
				sent := w.times(0)
				requireRate(t, rate, sent)
				require.GreaterOrEqual(t, float64(len(sent)), 0.8*rate*sent[len(sent)-1].Sub(began).Seconds(), "less than it might be")
			})
		})
	}
}

func requireRate(t *testing.T, rate float64, sent []time.Time) {
	t.Helper()
	for i, first := range sent {
		inSecond := 0
		for _, next := range sent[i:] {
			if next.Sub(first) < time.Second-time.Microsecond { // rate rounds
				inSecond++
			}
		}
		require.LessOrEqual(t, inSecond, int(math.Ceil(rate)))
	}
}

func TestAHurriedRequestNeverWaits(t *testing.T) {
	inWorld(t, 5, func(t *testing.T, w *world) {
		hurried := outbound.Hurry(t.Context())
		require.NoError(t, w.ask(hurried))
		busy := w.busy(hurried, t)
		require.Equal(t, "stripe", busy.Provider)
		require.GreaterOrEqual(t, busy.RetryAfter, 200*time.Millisecond)
		require.Less(t, busy.RetryAfter, 300*time.Millisecond)
		require.Contains(t, busy.Error(), "stripe was not asked: its rate is used up, again in 2")
		told := map[time.Duration]bool{}
		for range 100 { // a refusal takes no token from those who come later
			told[w.busy(hurried, t).RetryAfter] = true
		}
		require.Greater(t, len(told), 50, "they would all come back at once")
		time.Sleep(busy.WaitFor())
		require.NoError(t, w.ask(hurried))
	})
}

func TestWaiting(t *testing.T) {
	tests := []struct {
		name     string
		before   int // requests that wait already, at 5 a second
		deadline time.Duration
		begun    bool // the attempt has sent one
		sent     bool
	}{
		{"for a token that comes long before the deadline is done", 5, 15 * time.Second, false, true},
		{"for a quarter of the time there is is done", 9, 8 * time.Second, false, true},
		{"for more than a quarter of the time there is would leave the attempt too little", 10, 8 * time.Second, false, false},
		{"is done by an attempt that has begun until two seconds are left", 29, 8 * time.Second, true, true},
		{"is not done even by an attempt that has begun when less is left", 30, 8 * time.Second, true, false},
		{"without a deadline is done", 40, time.Hour, false, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inWorld(t, 5, func(t *testing.T, w *world) {
				var waiting sync.WaitGroup
				defer waiting.Wait()
				ctx := outbound.Attempt(within(t, test.deadline))
				first := t.Context()
				if test.begun {
					first = ctx
				}
				require.NoError(t, w.ask(first))
				for range test.before {
					waiting.Go(func() { _ = w.ask(t.Context()) })
				}
				time.Sleep(time.Microsecond) // until all of them wait
				if !test.sent {
					w.busy(ctx, t)
					return
				}
				began := time.Now()
				require.NoError(t, w.ask(ctx))
				require.InDelta(t, float64(test.before+1)/5, time.Since(began).Seconds(), 0.01, "its turn")
			})
		})
	}
}

func TestWhoGivesUpWaitingLeavesItsToken(t *testing.T) {
	inWorld(t, 1, func(t *testing.T, w *world) {
		require.NoError(t, w.ask(t.Context()))
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Millisecond, cancel)
		require.ErrorIs(t, w.ask(ctx), context.Canceled)
		began := time.Now()
		require.NoError(t, w.ask(t.Context()))
		require.Less(t, time.Since(began), time.Second)
		require.Len(t, w.times(0), 2)
	})
}

// Orders that come in at the rate itself, of two requests each, are twice what
// the provider may be asked. What it is asked must not be beginnings alone.
func TestAttemptsThatHaveBegunGoFirst(t *testing.T) {
	const rate, seconds = 10, 60
	inWorld(t, rate, func(t *testing.T, w *world) {
		var mu sync.Mutex
		done := 0
		charge := func(ctx context.Context) error {
			ctx, cancel := context.WithTimeout(outbound.Attempt(ctx), 15*time.Second)
			defer cancel()
			if err := w.ask(ctx); err != nil {
				return err
			}
			return w.ask(ctx)
		}
		over := within(t, seconds*time.Second)
		var orders sync.WaitGroup
		for range rate * seconds {
			orders.Go(func() {
				for over.Err() == nil {
					err := charge(over)
					if err == nil {
						mu.Lock()
						done++
						mu.Unlock()
						return
					}
					var busy *outbound.Busy
					if errors.As(err, &busy) {
						time.Sleep(busy.WaitFor())
					}
				}
			})
			time.Sleep(time.Second / rate)
		}
		orders.Wait()
		asked := len(w.times(0))
		t.Logf("%d orders done with %d requests", done, asked)
		require.Greater(t, asked, seconds*rate*3/4, "the rate is used")
		require.Greater(t, done*2, asked*8/10, "by orders that get done")
	})
}
