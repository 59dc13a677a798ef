package api_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"

	"makegood/api"
	"makegood/eager"
)

func TestTooManyOrdersAreRefusedAtOnceAndNotStarted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := crowd(t, &starts{held: make(chan struct{})}, nil)
		for range 3 * first {
			c.post()
		}
		require.Empty(t, c.answered())
		require.EqualValues(t, first, c.server.asked.Load())
		c.requireMetric(t, "makegood_overload_in_flight", first)
		c.requireMetric(t, "makegood_overload_queued", 2*first)

		began, refused := time.Now(), 0
		for range 1000 { // of these, few find a place in the queue
			c.post()
			for _, answer := range c.answered() {
				refused++
				require.Equal(t, http.StatusServiceUnavailable, answer.Code)
				require.Equal(t, "/problems/overloaded", problemOf(t, answer).Type)
				require.Equal(t, "1", answer.Header().Get("Retry-After"))
			}
		}
		require.Zero(t, time.Since(began))
		require.GreaterOrEqual(t, refused, 1000-2*first)
		require.EqualValues(t, first, c.server.asked.Load())
		c.requireMetric(t, "makegood_overload_refused_total", refused)

		close(c.server.held)
		synctest.Wait()
		waited := c.answered()
		require.Len(t, waited, 3*first+1000-refused)
		for _, answer := range waited {
			require.Equal(t, http.StatusAccepted, answer.Code)
		}
		require.EqualValues(t, len(waited), c.server.asked.Load())
		c.requireMetric(t, "makegood_overload_in_flight", 0)
	})
}

func TestAnOrderWaitsForItsTurnOnlySoLong(t *testing.T) {
	ends := []struct {
		name    string
		end     func(crowded) error
		after   time.Duration
		refused int
	}{
		{"as the servers get on at all", func(crowded) error { return nil }, 15 * time.Second, 1},
		{"as the gateway goes on", func(c crowded) error { return c.Stop(context.Background()) }, 0, 0},
		{"as who placed it waits", func(c crowded) error { c.hangUp(); return nil }, 0, 0},
	}
	for _, e := range ends {
		t.Run(e.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				never := make(chan struct{})
				c := crowd(t, &starts{}, func(config *api.Config) {
					config.WorkerBeside = func() bool { return true }
					config.FirstTask = func(string) *eager.Task { return &eager.Task{Over: never} }
				})
				c.Start(nobody{closed: make(chan struct{})})
				for range first {
					c.post()
					require.Equal(t, http.StatusAccepted, (<-c.answers).Code)
				}
				c.post()
				began := time.Now()
				require.NoError(t, e.end(c))
				require.Equal(t, "/problems/overloaded", problemOf(t, <-c.answers).Type)
				require.Equal(t, e.after, time.Since(began))
				require.EqualValues(t, first, c.server.asked.Load())
				c.requireMetric(t, "makegood_overload_refused_total", e.refused)
				close(never)
				_ = c.Stop(t.Context())
			})
		})
	}
}

func TestStartsThatTemporalDoesNotAnswerGiveTheirTurnToOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := crowd(t, &starts{held: make(chan struct{})}, nil)
		for range 2 * first {
			c.post()
		}
		for range 2 * first {
			require.Equal(t, "/problems/unavailable", problemOf(t, <-c.answers).Type)
		}
		require.EqualValues(t, 2*first, c.server.asked.Load())
		c.requireMetric(t, "makegood_overload_in_flight", 0)
	})
}

func TestAnOrderWithAWorkerBesideIsUnderWayUntilItsFirstTaskIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		over := make(chan struct{})
		besides := true
		c := crowd(t, &starts{}, func(config *api.Config) {
			config.WorkerBeside = func() bool { return true }
			config.FirstTask = func(run string) *eager.Task {
				require.Regexp(t, `^run \d+$`, run)
				if !besides {
					return nil
				}
				return &eager.Task{Over: over}
			}
		})
		for range first {
			c.post()
			require.Equal(t, http.StatusAccepted, (<-c.answers).Code)
		}
		synctest.Wait()
		c.requireMetric(t, "makegood_overload_in_flight", first)
		c.post()
		time.Sleep(time.Second)
		require.Empty(t, c.answered(), "it waits for its turn")
		over <- struct{}{}
		require.Equal(t, http.StatusAccepted, (<-c.answers).Code)
		close(over)
		synctest.Wait()
		c.requireMetric(t, "makegood_overload_in_flight", 0)

		besides = false // no slot was free
		c.post()
		require.Equal(t, http.StatusAccepted, (<-c.answers).Code)
		c.requireMetric(t, "makegood_overload_in_flight", 0)
	})
}

func TestOnlyWhatWasStartedTeachesTheLimit(t *testing.T) {
	beside := func(task *eager.Task) func(*api.Config) {
		return func(config *api.Config) {
			config.WorkerBeside = func() bool { return true }
			config.FirstTask = func(string) *eager.Task { return task }
		}
	}
	ended := make(chan struct{})
	close(ended)
	tests := []struct {
		name    string
		server  *starts
		change  func(*api.Config)
		teaches bool
	}{
		{"a start", &starts{}, nil, true},
		{"a first task", &starts{}, beside(&eager.Task{Over: ended}), true},
		{"a start that was to be eager and wasn't", &starts{}, beside(nil), false},
		{"an order that was started before", &starts{fails: serviceerror.NewWorkflowExecutionAlreadyStarted("", "", "")}, nil, false},
		{"a Temporal that is down", &starts{fails: serviceerror.NewUnavailable("")}, nil, false},
		{"a Temporal that is late", &starts{fails: serviceerror.NewDeadlineExceeded("")}, nil, false},
		{"a Temporal that refuses so many", &starts{fails: serviceerror.NewResourceExhausted(0, "")}, nil, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := crowd(t, test.server, test.change)
				for range 100 { // one at a time needs no limit of 32
					c.post()
					<-c.answers
					synctest.Wait()
				}
				if test.teaches {
					require.NotContains(t, send(c, http.MethodGet, "/metrics", "").Body.String(), fmt.Sprintf("\nmakegood_overload_limit %d\n", first))
				} else {
					c.requireMetric(t, "makegood_overload_limit", first)
				}
				c.requireMetric(t, "makegood_overload_in_flight", 0)
			})
		})
	}
}
