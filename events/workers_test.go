package events_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/events"
)

func TestWorkersHandleAsManyAtOnceAsTheyAre(t *testing.T) {
	release := make(chan struct{})
	var handled atomic.Int32
	w := events.NewWorkers(3, func(int) {
		<-release
		handled.Add(1)
	})
	for i := range 3 {
		require.True(t, w.Give(t.Context(), i))
	}
	ended, end := context.WithCancel(t.Context())
	end()
	require.False(t, w.Give(ended, 3), "none is free")
	close(release)
	require.True(t, w.Give(t.Context(), 4))
	w.Wait()
	require.EqualValues(t, 4, handled.Load())
	require.True(t, w.Give(t.Context(), 5), "they wait for more")
	w.Dismiss()
	require.EqualValues(t, 5, handled.Load())
}
