package harness_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/order"
	"makegood/tests/harness"
)

// What was answered outlives the death of the server that answered it.
func TestOwnServersAreKilledAndFrozen(t *testing.T) {
	t.Parallel()
	s := harness.New(t, harness.OwnTemporal(), harness.OwnRedis())
	_, err := s.API.SetStock(t.Context(), "MUG-BLUE", 6, "", "")
	require.NoError(t, err)
	buy := func(key string) order.ID {
		placed, err := s.API.Place(t.Context(), harness.Sample(), key, 30*time.Second)
		require.NoError(t, err)
		require.Equal(t, order.Completed, s.Final(t, placed.ID).Status)
		return placed.ID
	}
	onHand := func() int64 {
		level, err := s.API.Stock(t.Context(), "MUG-BLUE")
		require.NoError(t, err)
		return level.OnHand
	}
	first := buy("first")
	before, err := s.API.Get(t.Context(), first)
	require.NoError(t, err)

	require.NoError(t, s.Redis.Kill())
	require.NoError(t, s.Redis.Restart(t.Context()))
	require.EqualValues(t, 4, onHand())
	require.NoError(t, s.TemporalServer.Kill())
	require.NoError(t, s.TemporalServer.Restart(t.Context()))
	require.Equal(t, before, s.Final(t, first))

	buy("second")
	for _, server := range []interface {
		Freeze() error
		Thaw() error
	}{s.Redis, s.TemporalServer} {
		require.NoError(t, server.Freeze())
		require.NoError(t, server.Thaw())
	}
	// A frozen server is killed like any other.
	require.NoError(t, s.Redis.Freeze())
	require.NoError(t, s.Redis.Restart(t.Context()))
	require.NoError(t, s.TemporalServer.Freeze())
	require.NoError(t, s.TemporalServer.Restart(t.Context()))
	buy("third")
	require.Zero(t, onHand())
}
