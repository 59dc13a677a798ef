package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/api/client"
)

func TestAnImportOutlivesAGatewayThatFails(t *testing.T) {
	tests := []struct {
		name string
		fail http.HandlerFunc
	}{
		{"with 503 as long as stock doesn't answer", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }},
		{"with a proxy's 502", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }},
		{"with 429", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) }},
		{"with connections that break", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var asked atomic.Int64
			s := newShelf(t, func(gateway http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if asked.Add(1) <= 40 {
						test.fail(w, r)
						return
					}
					gateway.ServeHTTP(w, r)
				})
			})
			got := s.run(t.Context(), "import", file(t, 50, nil))
			require.NoError(t, got.err)
			require.Regexp(t, "^50 of 50 rows set", got.out)
			require.Equal(t, int64(51), s.onHand("SKU-000051"))
		})
	}
}

// A row whose answer was lost is done once.
func TestAnAnswerThatIsLostIsAskedForAgain(t *testing.T) {
	var lost atomic.Int64
	s := newShelf(t, nil)
	losing := newShelf(t, func(gateway http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if lost.Add(1) > 20 {
				gateway.ServeHTTP(w, r)
				return
			}
			gateway.ServeHTTP(discarded{http.Header{}}, r)
			panic(http.ErrAbortHandler)
		})
	})
	require.NoError(t, s.run(t.Context(), "import", file(t, 10, nil)).err)
	got := losing.run(t.Context(), "import", file(t, 10, nil))
	require.NoError(t, got.err)
	require.Regexp(t, "^10 of 10 rows set", got.out)
	require.Greater(t, lost.Load(), int64(20))
}

// discarded is an answer that nobody gets.
type discarded struct{ header http.Header }

func (d discarded) Header() http.Header       { return d.header }
func (discarded) Write(p []byte) (int, error) { return len(p), nil }
func (discarded) WriteHeader(int)             {}

// past answers requests without a network, so that time can be faked.
type past func(*http.Request) (*http.Response, error)

func (p past) RoundTrip(r *http.Request) (*http.Response, error) { return p(r) }

func answered(status int, text string) (*http.Response, error) {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(text))}, nil
}

func faked(rows int, answer past) *stockImport {
	sheet := make([]sheetRow, rows)
	for i := range sheet {
		sheet[i] = sheetRow{Line: i + 2, SKU: fmt.Sprintf("SKU-%d", i)}
	}
	return newStockImport(client.New("http://gateway", &http.Client{Transport: answer}), "key", sheet)
}

func TestAnImportGivesUpOnAGatewayThatStaysAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int64
		run := faked(100, func(*http.Request) (*http.Response, error) {
			if asked.Add(1) > 40 {
				return nil, errors.New("connection refused")
			}
			return answered(http.StatusOK, "{}")
		})
		var log bytes.Buffer
		stop := run.report(&log)
		err := run.do(t.Context())
		stop()
		require.ErrorContains(t, err, "no row was taken for 1m0s: set stock of SKU-")
		require.InDelta(t, time.Minute, time.Since(run.began), float64(3*time.Second))
		require.Equal(t, 60, run.left())
		require.Regexp(t, `^40 of 100, 40 a second\nset stock of SKU-\d+: no answer from http://gateway: connection refused; trying again for 1m0s\n$`, log.String(), "one line for all of the outage")

		out := new(bytes.Buffer)
		ended := importReport{out: out, log: &log}.done(run, err)
		require.EqualError(t, ended, "broke off with 60 rows left: "+err.Error()+"; run it again with --key key to go on")
		require.Regexp(t, "^40 of 100 rows set, 0 refused", out.String())
	})
}

func TestAnImportEndsAtOnceWhereNoGatewayOfOursAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int64
		run := faked(100, func(*http.Request) (*http.Response, error) {
			asked.Add(1)
			return answered(http.StatusNotFound, "<h1>Not Found</h1>")
		})
		require.ErrorContains(t, run.do(t.Context()), "Not Found (HTTP 404)")
		require.LessOrEqual(t, asked.Load(), int64(importAtOnce))
		require.Empty(t, run.refused)
		require.Zero(t, time.Since(run.began))
	})
}

func TestAnInterruptedImportWaitsForWhatIsOnItsWay(t *testing.T) {
	for name, takes := range map[string]time.Duration{"until it is answered": 2 * time.Second, "for some seconds at most": time.Hour} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				run := faked(100, func(r *http.Request) (*http.Response, error) {
					select {
					case <-time.After(takes):
						return answered(http.StatusOK, "{}")
					case <-r.Context().Done():
						return nil, r.Context().Err()
					}
				})
				ctx, interrupt := context.WithTimeout(t.Context(), time.Second)
				defer interrupt()
				require.ErrorIs(t, run.do(ctx), context.DeadlineExceeded)
				if takes < importGrace {
					require.Equal(t, importAtOnce, run.set)
					require.Equal(t, takes, time.Since(run.began))
				} else {
					require.Zero(t, run.set)
					require.Equal(t, time.Second+importGrace, time.Since(run.began))
				}
				synctest.Wait()
			})
		})
	}
}

func TestProgressIsALineASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		run := faked(100, func(*http.Request) (*http.Response, error) {
			time.Sleep(900 * time.Millisecond) // of the bubble's time
			return answered(http.StatusOK, "{}")
		})
		var log bytes.Buffer
		stop := run.report(&log)
		require.NoError(t, run.do(t.Context()))
		stop()
		require.Equal(t, "16 of 100, 16 a second\n32 of 100, 16 a second\n48 of 100, 16 a second\n64 of 100, 16 a second\n80 of 100, 16 a second\n96 of 100, 16 a second\n", log.String())
	})
}
