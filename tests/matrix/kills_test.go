package matrix_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"makegood/tests/harness"
)

// performKills plays the cells that cost the worker its life, so that no kill
// takes a strike from another cell: first, one after the other, those that kill
// it from within their lane; then all that die while they unwind, at once, when
// each of them has come to that point.
func (s stage) performKills(t *testing.T, played []*cell, verdict func(*cell, error)) {
	s.placeEarly(t, played)
	var group errgroup.Group
	start := func(c *cell) {
		group.Go(func() error {
			verdict(c, s.playAndJudge(t.Context(), c))
			return nil
		})
	}
	for _, c := range played {
		if c.has(kills) {
			exited := s.Worker.Exited()
			start(c)
			select {
			case <-exited:
				require.NoError(t, s.Worker.Start(t.Context()))
			case <-time.After(patience):
				t.Errorf("%s killed nobody", c)
			}
		}
	}
	for _, c := range played {
		if !c.has(kills) {
			start(c)
		}
	}
	err := harness.Await(t.Context(), patience, func(context.Context) error {
		for _, c := range played {
			if c.has(dies) && !s.marks(c).has("ready") {
				return fmt.Errorf("%s is not at the point at which the worker is to die", c)
			}
		}
		return nil
	})
	require.NoError(t, err)
	require.NoError(t, s.Worker.Restart(t.Context()))
	_ = group.Wait()
	s.RequireSound(t)
	s.record(t, played)
}
