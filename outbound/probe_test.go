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
