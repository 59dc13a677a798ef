package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/order"
	"makegood/tests/harness"
)

// Far more orders come at once than a gateway takes: their carrier needs almost
// all of the lane's second. Some are refused and were never started, and all
// others ship.
func TestOfAFloodTheRefusedAreNotStartedAndTheOthersComplete(t *testing.T) {
	t.Parallel()
	const flood = 400
	s := harness.New(t)
	slow := harness.Sample()
	slow.ShippingAddress.Line1 = "sim:slow_900"
	_, err := s.API.SetStock(t.Context(), slow.Lines[0].SKU, 10*flood, "", "")
	require.NoError(t, err)

	// The gateway knows of an order's first task when the start is long
	// answered.
	harness.Eventually(t, func(ctx context.Context) error {
		if _, err := s.API.Place(ctx, slow, "", 0); err != nil {
			return err
		}
		if strings.Contains(metrics(t, s.Gateway), "\nmakegood_overload_in_flight 0\n") {
			return errors.New("the gateway holds an order to be over that was only started")
		}
		return nil
	})

	answers := make([]answer, flood)
	var ready, posting sync.WaitGroup
	ready.Add(flood)
	for i := range answers {
		posting.Go(func() {
			ready.Done()
			ready.Wait() // all at once
			answers[i] = post(t, s, slow, fmt.Sprint("flood ", i), 0)
		})
	}
	posting.Wait()

	var accepted []order.ID
	var refused []string
	for i, a := range answers {
		key := fmt.Sprint("flood ", i)
		require.NoError(t, a.err)
		if a.status != http.StatusServiceUnavailable {
			require.Contains(t, []int{http.StatusOK, http.StatusAccepted}, a.status, a.body)
			accepted = append(accepted, a.id(t))
			continue
		}
		require.Contains(t, a.body, "/problems/overloaded")
		require.Equal(t, "1", a.header.Get("Retry-After"))
		refused = append(refused, key)
	}
	t.Logf("%d orders were accepted and %d refused", len(accepted), len(refused))
	require.NotEmpty(t, accepted)
	require.NotEmpty(t, refused)
	require.Contains(t, metrics(t, s.Gateway), fmt.Sprintf("\nmakegood_overload_refused_total %d\n", len(refused)))
	for _, key := range refused {
		there := do(t, s, http.MethodGet, "/v1/orders/"+string(order.IDFromKey(key)), nil, nil)
		require.Equal(t, http.StatusNotFound, there.status, there.body)
	}
	for _, id := range accepted {
		require.Equal(t, order.Completed, s.Final(t, id).Status)
	}

	require.NoError(t, harness.Insist(t.Context(), func() error {
		_, err := s.API.Place(t.Context(), slow, refused[0], 0)
		return err
	}))
	require.Equal(t, order.Completed, s.Final(t, order.IDFromKey(refused[0])).Status, "it may come again")
	s.RequireSound(t)
}
