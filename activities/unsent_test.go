package activities

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTheOldestEventIsForgottenOnceItIsTriedInVainNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var u unsent
		require.Zero(t, u.age(), "nothing has failed")
		first := time.Now().Add(-time.Hour)
		for range 10 { // an outage, and attempts a minute apart
			u.failed(first)
			u.failed(time.Now()) // of an order that came since
			require.InDelta(t, time.Since(first).Seconds(), u.age(), 0.001)
			time.Sleep(time.Minute)
			require.InDelta(t, time.Since(first).Seconds(), u.age(), 0.001)
		}
		time.Sleep(2 * unsentFor)
		require.Zero(t, u.age(), "it went out, here or elsewhere")
		time.Sleep(24 * time.Hour)
		u.failed(time.Now().Add(-time.Second))
		require.InDelta(t, 1, u.age(), 0.001, "of an outage long ago nothing is left")
	})
}
