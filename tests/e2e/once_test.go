package e2e_test

import (
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/order"
	"makegood/tests/harness"
)

func TestFiftyPostsUnderOneKeyMakeOneOrder(t *testing.T) {
	t.Parallel()
	s := harness.New(t)
	ships := scenarios["an order ships"]
	request := harness.Sample()
	_, err := s.API.SetStock(t.Context(), request.Lines[0].SKU, onHand, "", "")
	require.NoError(t, err)

	answers := make([]answer, 50)
	var ready, posting sync.WaitGroup
	ready.Add(len(answers))
	for i := range answers {
		posting.Go(func() {
			ready.Done()
			ready.Wait()                                        // all at once
			answers[i] = post(t, s, request, "one key", i%2*10) // half of them wait for the end
		})
	}
	posting.Wait()

	first := answers[0].id(t)
	for i, a := range answers {
		require.Equal(t, first, a.id(t))
		if i%2 == 1 {
			require.Equal(t, http.StatusOK, a.status, a.body)
			require.Equal(t, order.Completed, a.statusOf(t))
		} else {
			require.Contains(t, []int{http.StatusOK, http.StatusAccepted}, a.status, a.body)
		}
	}
	s.Closed(t, first)
	ships.check(t, s, placed{Request: request, ID: first})
	s.RequireSound(t)

	t.Run("the same order in other words is a retry", func(t *testing.T) {
		spaced := do(t, s, http.MethodPost, "/v1/orders", http.Header{"Idempotency-Key": {"one key"}}, map[string]any{
			"shipping_address": request.ShippingAddress, "lines": request.Lines, "payment_method": request.PaymentMethod,
			"currency": request.Currency, "email": request.Email, "customer_id": request.CustomerID,
		})
		require.Equal(t, first, spaced.id(t))
	})
	t.Run("another body is refused", func(t *testing.T) {
		other := request
		other.Email = "grace@example.com"
		refused := post(t, s, other, "one key", 0)
		require.Equal(t, http.StatusUnprocessableEntity, refused.status)
		require.Contains(t, refused.body, "idempotency_key_reused")
	})
	t.Run("a retry is answered when all is sold", func(t *testing.T) {
		_, err := s.API.SetStock(t.Context(), request.Lines[0].SKU, 0, "", "")
		require.NoError(t, err)
		require.Equal(t, first, post(t, s, request, "one key", 0).id(t))
		fresh := post(t, s, request, "another key", 0)
		require.Equal(t, http.StatusConflict, fresh.status, fresh.body)
		require.Contains(t, fresh.body, "out_of_stock")
	})
}
