package inventory_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"makegood/order"
)

func TestOneUnitIsSoldOnceToAHundredBuyers(t *testing.T) {
	onEach(t, func(t *testing.T, client redis.UniversalClient) {
		s := newShelf(t, client, map[string]int64{"LAST": 1, "MUG": 1000})
		var mu sync.Mutex
		won, lost := 0, 0
		together(100, func(i int) {
			o := buy(order.ID(strconv.Itoa(i)), line("MUG", 1), line("LAST", 1))
			_, err := s.Reserve(t.Context(), o)
			var rejection *order.Rejection
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				won++
			case errors.As(err, &rejection) && rejection.Outcome.Reason == order.OutOfStock:
				lost++
			default:
				t.Error(err)
			}
		})
		require.Equal(t, 1, won)
		require.Equal(t, 99, lost)
		s.level("LAST", 1, 1)
		s.level("MUG", 1000, 1)
	})
}

func TestAHundredAttemptsOfOneOrderHoldItOnce(t *testing.T) {
	onEach(t, func(t *testing.T, client redis.UniversalClient) {
		s := newShelf(t, client, map[string]int64{"MUG": 100})
		outcomes := make([]order.Outcome, 100)
		together(100, func(i int) {
			var err error
			if outcomes[i], err = s.Reserve(t.Context(), buy("o", line("MUG", 1))); err != nil {
				t.Error(err)
			}
		})
		for _, outcome := range outcomes {
			require.Equal(t, outcomes[0], outcome)
		}
		s.level("MUG", 100, 1)
	})
}

func TestAHundredAttemptsOfOneAdjustmentAddOnce(t *testing.T) {
	onEach(t, func(t *testing.T, client redis.UniversalClient) {
		s := newShelf(t, client, map[string]int64{"MUG": 5})
		together(100, func(int) {
			if _, err := s.Adjust(context.Background(), "MUG", 2, "op", ""); err != nil {
				t.Error(err)
			}
		})
		s.level("MUG", 7, 0)
	})
}

// together runs do n times at once and waits for all.
func together(n int, do func(i int)) {
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			<-start
			do(i)
		})
	}
	close(start)
	wg.Wait()
}
