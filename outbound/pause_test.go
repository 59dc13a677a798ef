package outbound_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/outbound"
)

func TestRetryAfterPausesEverybody(t *testing.T) {
	tests := []struct {
		name   string
		code   int
		header func(now time.Time) string
		pause  time.Duration
	}{
		{"seconds", 429, func(time.Time) string { return "3" }, 3 * time.Second},
		{"a date", 429, func(now time.Time) string { return now.Add(7 * time.Second).UTC().Format(http.TimeFormat) }, 7 * time.Second},
		{"more than a minute is a minute", 429, func(time.Time) string { return "86400" }, time.Minute},
		{"more than fits is a minute", 429, func(time.Time) string { return "9000000000000000000" }, time.Minute},
		{"a date in an hour is a minute", 429, func(now time.Time) string { return now.Add(time.Hour).UTC().Format(http.TimeFormat) }, time.Minute},
		{"a date that has passed is none", 429, func(now time.Time) string { return now.Add(-time.Hour).UTC().Format(http.TimeFormat) }, 0},
		{"a negative time is none", 429, func(time.Time) string { return "-5" }, 0},
		{"no word is none", 429, func(time.Time) string { return "" }, 0},
		{"nonsense is none", 429, func(time.Time) string { return "soon" }, 0},
		{"of another status is none", 503, func(time.Time) string { return "3" }, 0},
	}
	for _, rate := range []float64{0, 100} {
		for _, test := range tests {
			t.Run(fmt.Sprintf("%s, at rate %v", test.name, rate), func(t *testing.T) {
				inWorld(t, rate, func(t *testing.T, w *world) {
					w.answers(func(to http.ResponseWriter, _ *http.Request) {
						to.Header().Set("Retry-After", test.header(time.Now()))
						to.WriteHeader(test.code)
					})
					require.NoError(t, w.ask(t.Context()), "the answer itself is handed on")
					w.answers(status(http.StatusOK))
					began := time.Now()
					if test.pause == 0 {
						require.NoError(t, w.ask(outbound.Hurry(t.Context())))
						return
					}
					busy := w.busy(outbound.Hurry(t.Context()), t)
					require.GreaterOrEqual(t, busy.RetryAfter, test.pause)
					require.LessOrEqual(t, busy.RetryAfter, test.pause*5/4)
					require.Contains(t, busy.Error(), "it asked for a pause")
					require.NoError(t, w.ask(t.Context()), "who has time waits")
					require.InDelta(t, test.pause.Seconds(), time.Since(began).Seconds(), 0.02)
				})
			})
		}
	}
}

func TestAPauseStopsThoseWhoWaitForTheirToken(t *testing.T) {
	inWorld(t, 1, func(t *testing.T, w *world) {
		require.NoError(t, w.ask(t.Context()))
		w.answers(func(to http.ResponseWriter, _ *http.Request) {
			to.Header().Set("Retry-After", "10")
			to.WriteHeader(http.StatusTooManyRequests)
		})
		answers := make(chan error, 2)
		for range 2 {
			go func() { answers <- w.ask(t.Context()) }()
		}
		require.NoError(t, <-answers, "is asked to pause")
		var busy *outbound.Busy
		require.ErrorAs(t, <-answers, &busy)
		require.Greater(t, busy.RetryAfter, 8*time.Second)
		require.Len(t, w.times(0), 2)
	})
}

func TestTheRateIsKeptAfterAPause(t *testing.T) {
	const rate = 10
	inWorld(t, rate, func(t *testing.T, w *world) {
		w.answers(func(to http.ResponseWriter, _ *http.Request) {
			to.Header().Set("Retry-After", "5")
			to.WriteHeader(http.StatusTooManyRequests)
		})
		require.NoError(t, w.ask(t.Context()))
		w.answers(status(http.StatusOK))
		var askers sync.WaitGroup
		for range 20 {
			askers.Go(func() { require.NoError(t, w.ask(t.Context())) })
			time.Sleep(10 * time.Millisecond)
			for range 10 {
				w.busy(outbound.Hurry(t.Context()), t)
			}
		}
		askers.Wait()
		sent := w.times(0)
		require.Len(t, sent, 21)
		requireRate(t, rate, sent)
	})
}
