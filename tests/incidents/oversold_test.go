package incidents_test

import (
	"fmt"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"makegood/inventory"
	"makegood/order"
	"makegood/tests/harness"
)

// There are two lamps. Somebody makes them five in Redis, and four are ordered
// while the carrier is down.
func TestOversoldByHand(t *testing.T) {
	t.Parallel()
	s := harness.New(t)
	stocked(t, s, "LAMP", 2)
	options, err := redis.ParseURL(s.RedisURL())
	require.NoError(t, err)
	hand := redis.NewClient(options)
	defer func() { require.NoError(t, hand.Close()) }()
	for _, key := range []string{"available:LAMP", "on_hand:LAMP"} {
		five, err := hand.IncrBy(t.Context(), inventory.KeyPrefix(s.Namespace)+key, 3).Result()
		require.NoError(t, err)
		require.Equal(t, int64(5), five, "that was no key of the stock")
	}
	var orders []order.ID
	for i := range 4 {
		orders = append(orders, placed(t, s, "LAMP", order.Reserved, func(r *order.Request) {
			r.CustomerID, r.Lines[0].UnitPrice = fmt.Sprintf("cus_%d", i+1), 3900
			carrierDown(r)
		}))
	}

	ada := newOnCall(t, s, "incidents/oversold.md", harness.Binary(t))
	ada.sees("What you see", "Look")
	ada.does("Do")
	for _, id := range orders {
		require.NoError(t, s.EndFault(t.Context(), id)) // the carrier is back
	}
	ada.sees("Afterwards")
	for i, status := range []order.Status{order.Completed, order.Completed, order.Cancelled, order.Cancelled} {
		require.Equal(t, status, s.Final(t, orders[i]).Status, "first come, first served")
	}
	ada.ends(s)
}
