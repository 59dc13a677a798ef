package outbound_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/outbound"
)

func TestWhatOpensTheBreaker(t *testing.T) {
	second := func(t *testing.T) context.Context { return within(t, time.Second) }
	cancelled := func(t *testing.T) context.Context {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(5*time.Second, cancel)
		return ctx
	}
	attempt := func(t *testing.T) context.Context { return within(t, 15*time.Second) }
	tests := []struct {
		name   string
		failed int
		answer http.HandlerFunc
		ctx    func(*testing.T) context.Context
		well   int
		opens  bool
	}{
		{"20 answers of 503", 20, status(503), attempt, 0, true},
		{"20 answers of 500", 20, status(500), attempt, 0, true},
		{"20 broken connections", 20, hangUp, attempt, 0, true},
		{"20 attempts over which nothing was said", 20, silent, attempt, 0, true},
		{"10 failures of 20", 10, status(503), attempt, 10, true},
		{"9 failures of 20 don't", 9, status(503), attempt, 11, false},
		{"19 failures don't: they may be of one order", 19, status(503), attempt, 0, false},
		{"40 declined cards don't", 40, status(402), attempt, 0, false},
		{"40 conflicts don't", 40, status(409), attempt, 0, false},
		{"40 requests too many don't", 40, status(429), attempt, 0, false},
		{"40 cancelled requests don't", 40, silent, cancelled, 0, false},
		{"40 that the lane had no second for don't", 40, silent, second, 0, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inWorld(t, 0, func(t *testing.T, w *world) {
				for range test.well {
					require.NoError(t, w.ask(t.Context()))
				}
				w.answers(test.answer)
				var askers sync.WaitGroup
				for range test.failed {
					askers.Go(func() { _ = w.ask(test.ctx(t)) })
				}
				askers.Wait()
				require.Len(t, w.times(0), test.failed+test.well, "each of them was sent, once")
				w.answers(status(http.StatusOK))
				if !test.opens {
					require.NoError(t, w.ask(t.Context()))
					require.Empty(t, w.log.String())
					return
				}
				busy := w.busy(t.Context(), t)
				require.GreaterOrEqual(t, busy.RetryAfter, 5*time.Second)
				require.Less(t, busy.RetryAfter, 6250*time.Millisecond)
				require.Contains(t, busy.Error(), "stripe was not asked: it fails too often, again in")
			})
		})
	}
}

// broken is a world whose breaker has just opened.
func broken(t *testing.T, rate float64, test func(t *testing.T, w *world)) {
	t.Helper()
	inWorld(t, rate, func(t *testing.T, w *world) {
		w.answers(status(http.StatusServiceUnavailable))
		var askers sync.WaitGroup
		for range 20 {
			askers.Go(func() { require.NoError(t, w.ask(t.Context())) })
		}
		askers.Wait()
		w.busy(t.Context(), t)
		test(t, w)
	})
}

func TestOldFailuresAreForgotten(t *testing.T) {
	inWorld(t, 0, func(t *testing.T, w *world) {
		w.answers(status(http.StatusServiceUnavailable))
		for range 3 {
			for range 19 {
				require.NoError(t, w.ask(t.Context()))
			}
			time.Sleep(40 * time.Second)
		}
		require.NoError(t, w.ask(t.Context()))
	})
}

func TestProbesCloseTheBreaker(t *testing.T) {
	broken(t, 0, func(t *testing.T, w *world) {
		w.answers(status(http.StatusOK))
		asked := len(w.times(0))
		time.Sleep(w.busy(outbound.Hurry(t.Context()), t).RetryAfter)
		for range 3 {
			require.NoError(t, w.ask(outbound.Hurry(t.Context())))
		}
		for range 100 {
			require.NoError(t, w.ask(t.Context()))
		}
		require.Len(t, w.times(asked), 103)
		lines := strings.Split(strings.TrimSpace(w.log.String()), "\n")
		require.Len(t, lines, 2, "one line when it opens and one when it closes")
		require.Contains(t, lines[0], `level=WARN msg="provider fails too often; asking it rarely until it answers" provider=stripe every=5s`)
		require.Contains(t, lines[1], `level=INFO msg="provider answers again" provider=stripe`)
	})
}

func TestAFailingProbeOpensItAgainInSilence(t *testing.T) {
	broken(t, 0, func(t *testing.T, w *world) {
		for range 10 {
			asked := len(w.times(0))
			time.Sleep(w.busy(t.Context(), t).RetryAfter)
			require.NoError(t, w.ask(t.Context()), "the probe, answered with 503")
			w.busy(t.Context(), t)
			require.Len(t, w.times(asked), 1)
		}
		require.Equal(t, 1, strings.Count(w.log.String(), "\n"))
	})
}

func TestOnlyAFewProbesGoAtOnce(t *testing.T) {
	broken(t, 0, func(t *testing.T, w *world) {
		time.Sleep(w.busy(t.Context(), t).RetryAfter)
		w.answers(func(http.ResponseWriter, *http.Request) { time.Sleep(100 * time.Millisecond) })
		asked := len(w.times(0))
		var probes sync.WaitGroup
		for range 3 {
			probes.Go(func() { require.NoError(t, w.ask(t.Context())) })
		}
		time.Sleep(time.Microsecond)
		busy := w.busy(t.Context(), t)
		require.Less(t, busy.RetryAfter, 2*time.Second)
		probes.Wait()
		require.Len(t, w.times(asked), 3)
		require.NoError(t, w.ask(t.Context()))
	})
}

func TestAProbeThatIsGivenUpMakesRoomForAnother(t *testing.T) {
	broken(t, 0, func(t *testing.T, w *world) {
		time.Sleep(w.busy(t.Context(), t).RetryAfter)
		w.answers(silent)
		for range 10 {
			require.ErrorIs(t, w.ask(within(t, time.Second)), context.DeadlineExceeded)
		}
		w.answers(status(http.StatusOK))
		for range 10 {
			require.NoError(t, w.ask(t.Context()))
		}
	})
}

func TestTheBreakerStopsThoseWhoWaitForTheirToken(t *testing.T) {
	inWorld(t, 25, func(t *testing.T, w *world) {
		w.answers(status(http.StatusServiceUnavailable))
		var mu sync.Mutex
		refused := 0
		var askers sync.WaitGroup
		for range 60 {
			askers.Go(func() {
				if w.ask(t.Context()) != nil {
					mu.Lock()
					defer mu.Unlock()
					refused++
				}
			})
		}
		askers.Wait()
		require.Equal(t, 20, len(w.times(0)))
		require.Equal(t, 40, refused)
	})
}
