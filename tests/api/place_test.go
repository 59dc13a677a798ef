package api_test

import (
	"context"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/history"
	"makegood/order"
	"makegood/tests/harness"
)

func TestWithoutAWorkerAnOrderIsPlacedAndShown(t *testing.T) {
	s := open(t)
	const trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	placed := s.place("k1", "traceparent", trace)
	require.Equal(t, http.StatusAccepted, placed.code)
	require.Equal(t, order.IDFromKey("k1"), placed.ID)
	require.Equal(t, order.Placed, placed.Status)
	require.Equal(t, "/v1/orders/"+string(placed.ID), placed.header.Get("Location"))

	got := s.order(placed.ID)
	require.Equal(t, order.Placed, got.Status)
	require.Nil(t, got.Reason)
	require.EqualValues(t, 2500, got.Total)
	require.Equal(t, "EUR", got.Currency)
	require.Len(t, got.Timeline, 1)
	require.Equal(t, order.EventPlaced, got.Timeline[0].Type)
	require.WithinDuration(t, time.Now(), got.Timeline[0].Time, time.Minute)

	recorded, err := history.Read(t.Context(), s.temporal, placed.ID)
	require.NoError(t, err)
	require.Equal(t, trace, recorded.Order.Traceparent)
	require.Equal(t, recorded.Order.PlacedAt, recorded.Order.PlacedAt.UTC().Truncate(time.Millisecond))
}

func TestATraceparentThatIsNoneIsReplaced(t *testing.T) {
	s := open(t)
	for i, bad := range []string{"", "00-zz", "00-00000000000000000000000000000000-b7ad6b7169203331-01", "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"} {
		placed := s.place(string(rune('a'+i)), "traceparent", bad)
		recorded, err := history.Read(t.Context(), s.temporal, placed.ID)
		require.NoError(t, err)
		require.Regexp(t, "^00-[0-9a-f]{32}-[0-9a-f]{16}-00$", recorded.Order.Traceparent)
	}
}

func TestFiftyPostsAtOnceUnderOneKeyAreOneOrder(t *testing.T) {
	s := open(t)
	ids := make([]order.ID, 50)
	var posts sync.WaitGroup
	for i := range ids {
		posts.Go(func() {
			if a, err := s.try(http.MethodPost, "/v1/orders", body, "Idempotency-Key", "k1"); err == nil && a.code == http.StatusAccepted {
				ids[i] = a.ID
			}
		})
	}
	posts.Wait()
	for _, id := range ids {
		require.Equal(t, order.IDFromKey("k1"), id)
	}
	harness.Holds(s, "exactly one order is listed", func() bool {
		return len(s.call(http.MethodGet, "/v1/orders", "").Items) == 1
	})
}

func TestAKeyBelongsToOneBody(t *testing.T) {
	s := open(t)
	first := s.place("k1")
	spaced := "\n" + strings.ReplaceAll(body, ":", " : ")
	again := s.call(http.MethodPost, "/v1/orders", spaced, "Idempotency-Key", "k1")
	require.Equal(t, http.StatusAccepted, again.code)
	require.Equal(t, first.ID, again.ID)
	other := s.call(http.MethodPost, "/v1/orders", strings.Replace(body, `"quantity":2`, `"quantity":3`, 1), "Idempotency-Key", "k1")
	require.Equal(t, http.StatusUnprocessableEntity, other.code)
	require.Equal(t, "/problems/idempotency_key_reused", other.problem.Type)
	require.Equal(t, "Idempotency-Key", other.problem.Errors[0].Field)
}

func TestWithoutAKeyEachPostIsANewOrder(t *testing.T) {
	s := open(t)
	first := s.call(http.MethodPost, "/v1/orders", body)
	second := s.call(http.MethodPost, "/v1/orders", body)
	require.Equal(t, http.StatusAccepted, second.code)
	require.NotEqual(t, first.ID, second.ID)
}

func TestARetryOfTheOrderThatHoldsTheLastUnitIsNoSoldOut(t *testing.T) {
	s := open(t)
	first := s.place("k1")
	_, err := s.stock.Set(t.Context(), "MUG-BLUE", 0, "sold", "test")
	require.NoError(t, err)
	harness.Holds(s, "it is sold out", func() bool { return s.buy().code == http.StatusConflict })
	require.Equal(t, first.ID, s.place("k1").ID)
	refused := s.call(http.MethodPost, "/v1/orders", body, "Idempotency-Key", "k2")
	require.Equal(t, http.StatusConflict, refused.code)
	require.Equal(t, "/problems/out_of_stock", refused.problem.Type)
	require.Contains(t, refused.problem.Detail, "MUG-BLUE: asked 2, available 0")
	_, err = s.stock.Set(t.Context(), "MUG-BLUE", 5, "back", "test")
	require.NoError(t, err)
	require.Equal(t, http.StatusAccepted, s.place("k2").code, "a refusal is not remembered")
}

func TestWhileStockDoesNotAnswerOrdersPass(t *testing.T) {
	s := open(t)
	s.redis.Close()
	require.Equal(t, http.StatusAccepted, s.place("k1").code)
}

func TestAWaitThatIsOverAnswersWithTheStatusSoFar(t *testing.T) {
	s := open(t)
	for prefer, applied := range map[string]string{
		"wait=1": "wait=1", `respond-async, WAIT="1"`: "wait=1", "wait=soon": "", "wait=-1": "", "wait=0": "",
	} {
		placed := s.place(prefer, "Prefer", prefer)
		require.Equal(t, http.StatusAccepted, placed.code)
		require.Equal(t, applied, placed.header.Get("Preference-Applied"), prefer)
		require.Equal(t, order.Placed, placed.Status)
		require.Equal(t, applied != "", placed.took >= time.Second, prefer)
	}
}

func TestAWaitThatIsOverIsNothingToWarnOf(t *testing.T) {
	s := open(t)
	var waits sync.WaitGroup
	for i := range 50 {
		waits.Go(func() {
			_, _ = s.try(http.MethodPost, "/v1/orders", body, "Idempotency-Key", strconv.Itoa(i), "Prefer", "wait=1")
		})
	}
	waits.Wait()
	require.NotContains(t, s.log.String(), "wait for an order ended early")
}

func TestAWaitEndsWithTheFinalStatusWhateverTheBrokerDoes(t *testing.T) {
	s := open(t)
	s.work(&providers{frozen: true})
	placed := s.place("k1", "Prefer", "wait=600")
	require.Equal(t, http.StatusOK, placed.code)
	require.Equal(t, "wait=60", placed.header.Get("Preference-Applied"))
	require.Equal(t, order.Completed, placed.Status)
	require.Equal(t, http.StatusOK, s.place("k1").code, "and so does a repeat")
}

func TestStopAnswersWhoIsWaiting(t *testing.T) {
	s := open(t)
	waited := make(chan answer, 1)
	go func() {
		a, _ := s.try(http.MethodPost, "/v1/orders", body, "Idempotency-Key", "k1", "Prefer", "wait=60")
		waited <- a
	}()
	harness.Holds(s, "the order is there", func() bool {
		return s.call(http.MethodGet, "/v1/orders/"+string(order.IDFromKey("k1")), "").code == http.StatusOK
	})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	require.NoError(t, s.gateway.Stop(ctx))
	a := <-waited
	require.Equal(t, http.StatusAccepted, a.code)
	require.Equal(t, order.Placed, a.Status)
	require.Less(t, a.took, 10*time.Second)
}

func TestTheGatewayIsReadyOnceTemporalTakesItsAttributes(t *testing.T) {
	s := open(t)
	ready := s.call(http.MethodGet, "/readyz", "")
	require.Equal(t, http.StatusOK, ready.code, ready.text)
	require.Contains(t, ready.text, `{"name":"temporal","status":"ok"}`)
}

// A wait may be longer than an answer may take to write otherwise.
func TestALongWaitIsAnswered(t *testing.T) {
	if os.Getenv("MAKEGOOD_LONG") == "" {
		t.Skip("it waits for 33 seconds; make test-all does")
	}
	s := open(t)
	s.work(&providers{hangs: true})
	began := time.Now()
	placed := s.place("k1", "Prefer", "wait=33")
	require.Equal(t, http.StatusAccepted, placed.code)
	require.GreaterOrEqual(t, time.Since(began), 33*time.Second)
}
