package outbound_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
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
