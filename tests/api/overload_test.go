package api_test

import (
	"net/http"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/api"
	"makegood/eager"
	"makegood/order"
)

// Thirty-two orders are under way and none of them gets on: a gateway begins
// with so many.
func TestWhileTheGatewayIsFullRepeatsAreAnsweredAndOthersRefused(t *testing.T) {
	goesOn := make(chan struct{})
	s := open(t, func(c *api.Config) {
		c.Admission = false
		c.FirstTask = func(string) *eager.Task { return &eager.Task{Over: goesOn} }
	})
	for i := range 32 {
		require.Equal(t, http.StatusAccepted, s.place("taken "+strconv.Itoa(i)).code)
	}
	crowd := make([]answer, 200)
	var posts sync.WaitGroup
	for i := range crowd {
		posts.Go(func() {
			crowd[i], _ = s.try(http.MethodPost, "/v1/orders", body, "Idempotency-Key", "new "+strconv.Itoa(i))
		})
	}
	for i := range 32 {
		again := s.place("taken " + strconv.Itoa(i))
		require.Equal(t, http.StatusAccepted, again.code)
		require.Equal(t, order.IDFromKey("taken "+strconv.Itoa(i)), again.ID)
	}
	close(goesOn)
	posts.Wait()

	refused := 0
	for i, a := range crowd {
		id := order.IDFromKey("new " + strconv.Itoa(i))
		there := s.call(http.MethodGet, "/v1/orders/"+string(id), "").code
		if a.code == http.StatusAccepted { // it had waited for its turn
			require.Equal(t, id, a.ID)
			require.Equal(t, http.StatusOK, there)
			continue
		}
		refused++
		require.Equal(t, http.StatusServiceUnavailable, a.code, a.text)
		require.Equal(t, "/problems/overloaded", a.problem.Type)
		require.Equal(t, "1", a.header.Get("Retry-After"))
		require.Equal(t, http.StatusNotFound, there)
	}
	require.NotZero(t, refused)
	require.Equal(t, http.StatusAccepted, s.place("new one").code)
}
