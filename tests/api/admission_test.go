package api_test

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"makegood/api"
	"makegood/history"
	"makegood/order"
	"makegood/tests/harness"
)

// budget is what the look at stock may cost an order.
const budget = 100 * time.Millisecond

const (
	hits   = "makegood_admission_cache_hits_total"
	misses = "makegood_admission_cache_misses_total"
	state  = "makegood_admission_breaker_state"
)

// verdicts is the metric that counts the orders of which admission made that.
func verdicts(v string) string { return fmt.Sprintf("makegood_admission_orders_total{verdict=%q}", v) }

// metric reads one of the gateway's metrics.
func (s *shop) metric(name string) int {
	s.Helper()
	for line := range strings.Lines(s.call(http.MethodGet, "/metrics", "").text) {
		if value, found := strings.CutPrefix(strings.TrimSpace(line), name+" "); found {
			n, err := strconv.Atoi(value)
			require.NoError(s, err)
			return n
		}
	}
	s.Fatalf("no metric %s", name)
	return 0
}

// buy places an order of its own.
func (s *shop) buy(headers ...string) answer {
	s.Helper()
	return s.call(http.MethodPost, "/v1/orders", body, headers...)
}

// put declares how many mugs there are.
func (s *shop) put(units int64) {
	s.Helper()
	_, err := s.stock.Set(s.Context(), "MUG-BLUE", units, fmt.Sprint(time.Now().UnixNano()), "test")
	require.NoError(s, err)
}

func TestARetryOfTheOrderWhoseReservationHoldsTheLastUnitIsThatOrder(t *testing.T) {
	s := open(t)
	s.put(2)
	first := s.place("k1")
	recorded, err := history.Read(t.Context(), s.temporal, first.ID)
	require.NoError(t, err)
	_, err = s.stock.Reserve(t.Context(), recorded.Order)
	require.NoError(t, err)
	harness.Holds(s, "others hear that it is sold out", func() bool { return s.buy().code == http.StatusConflict })

	again := s.place("k1")
	require.Equal(t, first.ID, again.ID)
	require.Equal(t, http.StatusAccepted, again.code)
	require.Equal(t, 1, s.metric(verdicts("repeated")))
	other := s.call(http.MethodPost, "/v1/orders", strings.Replace(body, `"quantity":2`, `"quantity":3`, 1), "Idempotency-Key", "k1")
	require.Equal(t, "/problems/idempotency_key_reused", other.problem.Type)
	require.Equal(t, 1, s.metric(verdicts("refused")), "the order of somebody else")
}

// A shortage that is remembered is asked again: what came in meanwhile is sold.
func TestNobodyIsRefusedForWhatIsRemembered(t *testing.T) {
	s := open(t)
	harness.Holds(s, "an order comes while the shortage is remembered", func() bool {
		s.put(0)
		harness.Holds(s, "it is sold out", func() bool { return s.buy().code == http.StatusConflict })
		s.put(10)
		before := s.metric(hits)
		require.Equal(t, http.StatusAccepted, s.buy().code)
		return s.metric(hits) > before
	})
}

func TestWhatIsRememberedAdmitsWithoutAskingRedis(t *testing.T) {
	s := open(t)
	harness.Holds(s, "an order comes while the stock is remembered", func() bool {
		require.Equal(t, http.StatusAccepted, s.buy().code)
		s.toRedis.Cut()
		defer s.toRedis.Mend(t.Context())
		before := s.metric(verdicts("admitted"))
		require.Equal(t, http.StatusAccepted, s.buy().code)
		return s.metric(verdicts("admitted")) > before
	})
	require.NotZero(t, s.metric(hits))
	require.NotZero(t, s.metric(misses))
}

// Of the last units Redis is asked, however short ago it was: those that were
// remembered are promised to the orders before.
func TestWhatWasAdmittedIsRememberedAsGone(t *testing.T) {
	s := open(t)
	s.put(3)
	harness.Holds(s, "the third order comes while the stock is remembered", func() bool {
		before := s.metric(hits)
		require.Equal(t, http.StatusAccepted, s.buy().code)
		s.put(1)
		require.Equal(t, http.StatusConflict, s.buy().code)
		s.put(3)
		return s.metric(hits) > before
	})
}

func TestWhatIsRememberedIsForgottenInTime(t *testing.T) {
	s := open(t)
	s.put(1_000_000) // more than is bought while it is remembered
	require.Equal(t, http.StatusAccepted, s.buy().code)
	s.put(1)
	harness.Holds(s, "stock is asked again", func() bool { return s.buy().code == http.StatusConflict })
}

func TestAChangeOfStockHoldsForTheNextOrder(t *testing.T) {
	s := open(t)
	for _, change := range [][3]string{
		{http.MethodPut, "/v1/stock/MUG-BLUE", `{"on_hand":1}`},
		{http.MethodPost, "/v1/stock/MUG-BLUE/adjust", `{"delta":-9}`},
	} {
		s.put(10)
		harness.Holds(s, "an order is admitted", func() bool { return s.buy().code == http.StatusAccepted })
		require.Equal(t, http.StatusOK, s.call(change[0], change[1], change[2]).code)
		require.Equal(t, http.StatusConflict, s.buy().code)
	}
}

// reads counts the reads of levels that go to Redis, and holds them back until
// it is opened.
type reads struct {
	count atomic.Int32
	open  chan struct{}
}

func (r *reads) DialHook(next redis.DialHook) redis.DialHook { return next }

func (r *reads) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (r *reads) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, command redis.Cmder) error {
		if command.Name() == "mget" {
			r.count.Add(1)
			<-r.open
		}
		return next(ctx, command)
	}
}

func TestOrdersThatLackANumberAtOnceShareOneRead(t *testing.T) {
	s := open(t)
	s.put(100)
	r := &reads{open: make(chan struct{})}
	s.client.AddHook(r)
	const orders = 10
	var posts sync.WaitGroup
	for range orders {
		posts.Go(func() { _, _ = s.try(http.MethodPost, "/v1/orders", body) })
	}
	harness.Holds(s, "all of them miss", func() bool { return s.metric(misses) == orders })
	close(r.open)
	posts.Wait()
	require.EqualValues(t, 1, r.count.Load())
}

// Each order would wait for Redis: three do, the others pass at once, until
// Redis is tried again and answers.
func TestWhileRedisIsAwayOrdersPassAtOnce(t *testing.T) {
	for name, breaks := range map[string]func(*harness.Link) error{
		"Redis is frozen": func(l *harness.Link) error { l.Stall(); return nil },
		"Redis is slow":   func(l *harness.Link) error { return l.Slow(3 * budget) },
		"Redis is gone":   func(l *harness.Link) error { l.Cut(); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			require.NoError(t, breaks(s.toRedis))
			pass := func() time.Duration {
				passed := s.buy()
				require.Equal(t, http.StatusAccepted, passed.code)
				return passed.took
			}
			harness.Holds(s, "the breaker opens", func() bool { pass(); return s.metric(state) == 2 })
			harness.Holds(s, "an order does not wait", func() bool { return pass() < budget })
			require.GreaterOrEqual(t, s.metric(verdicts("unasked")), 4)
			require.Zero(t, s.metric(verdicts("admitted")))

			s.toRedis.Mend(t.Context())
			harness.Holds(s, "stock is looked at again", func() bool { pass(); return s.metric(state) == 0 })
			require.NotZero(t, s.metric(verdicts("admitted")))
			s.put(0)
			harness.Holds(s, "and orders are refused", func() bool { return s.buy().code == http.StatusConflict })
			require.Equal(t, 1, strings.Count(s.log.String(), "stock doesn't answer in time"), s.log)
			require.Equal(t, 1, strings.Count(s.log.String(), "stock answers again"), s.log)
			require.NotContains(t, s.log.String(), "stock was not asked", "a line an order")
		})
	}
}

// Orders that fail together tell of one moment, in which three can't have
// failed one after the other.
func TestOneSlowReadOfManyOrdersIsNoOutage(t *testing.T) {
	s := open(t)
	unknown := strings.Replace(body, "MUG-BLUE", "NEVER-SEEN", 1) // never remembered
	harness.Holds(s, "three orders wait for Redis at once", func() bool {
		s.toRedis.Mend(t.Context())
		harness.Holds(s, "Redis is asked", func() bool {
			return s.call(http.MethodPost, "/v1/orders", unknown).code == http.StatusConflict
		})
		s.toRedis.Stall()
		before, began := s.metric(verdicts("unasked")), time.Now()
		var posts sync.WaitGroup
		for range 3 {
			posts.Go(func() { _, _ = s.try(http.MethodPost, "/v1/orders", unknown) })
		}
		posts.Wait()
		if time.Since(began) >= 2*budget {
			return false
		}
		require.Equal(t, before+3, s.metric(verdicts("unasked")))
		require.Zero(t, s.metric(state))
		return true
	})
}

func TestWithoutAdmissionNoOrderLooksAtStock(t *testing.T) {
	s := open(t, func(c *api.Config) { c.Admission = false })
	s.put(0)
	s.work(&providers{})
	placed := s.place("k1", "Prefer", "wait=30")
	require.Equal(t, order.Rejected, placed.Status)
	got := s.order(placed.ID)
	require.Equal(t, order.OutOfStock, *got.Reason)
	var told []order.EventType
	for _, entry := range got.Timeline {
		told = append(told, entry.Type)
	}
	require.Equal(t, []order.EventType{
		order.EventPlaced, order.EventCharged, order.EventStockRejected, order.EventRefunded, order.EventRejected,
	}, told)
	require.NotContains(t, s.call(http.MethodGet, "/metrics", "").text, "makegood_admission_")
}
