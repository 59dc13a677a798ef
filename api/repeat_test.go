package api_test

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
)

// fill leaves the crowd's next orders hardly a place in the queue.
func (c crowded) fill() {
	c.server.held = make(chan struct{})
	for range 8 * first {
		c.post()
	}
	c.answered()
}

// repeat asks for the order of the key again and returns the types of the
// problems that it hears: internal if Temporal was asked how the order stands.
func (c crowded) repeat(t *testing.T, key string) map[string]int {
	t.Helper()
	heard := map[string]int{}
	for range 100 { // some of them may wait
		c.post("Idempotency-Key", key)
	}
	for _, answer := range c.answered() {
		heard[problemOf(t, answer).Type]++
	}
	return heard
}

func TestWhoAsksAgainForAnOrderDoesNotWaitForATurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := crowd(t, &starts{}, nil)
		c.post("Idempotency-Key", "taken")
		require.Equal(t, http.StatusAccepted, (<-c.answers).Code)
		c.fill()
		require.Equal(t, map[string]int{"/problems/internal": 100}, c.repeat(t, "taken"))
		heard := c.repeat(t, "new")
		require.NotZero(t, heard["/problems/overloaded"])
		require.Len(t, heard, 1)
		close(c.server.held)
		synctest.Wait()
	})
}

// The namespace's retention is over, and with it what the key meant.
func TestARepeatOfWhatTemporalHasForgottenIsANewOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := crowd(t, &starts{described: serviceerror.NewNotFound("")}, nil)
		for range 2 {
			c.post("Idempotency-Key", "taken")
			require.Equal(t, http.StatusAccepted, (<-c.answers).Code)
		}
		require.EqualValues(t, 2, c.server.asked.Load())
	})
}

func TestOnlyTheLatestOrdersAreRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := crowd(t, &starts{}, nil)
		for i := range 10_001 {
			answer := send(c, http.MethodPost, "/v1/orders", soundBody, "Idempotency-Key", fmt.Sprint(i))
			require.Equal(t, http.StatusAccepted, answer.Code)
		}
		c.fill()
		require.NotZero(t, c.repeat(t, "0")["/problems/overloaded"])
		require.NotZero(t, c.repeat(t, "1")["/problems/internal"])
		require.NotZero(t, c.repeat(t, "10000")["/problems/internal"])
		close(c.server.held)
		synctest.Wait()
	})
}
