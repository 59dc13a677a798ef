package matrix_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"makegood/tests/harness"
)

// atOnce is how many orders are under way at a time: many of them only wait.
const atOnce = 40

// TestMatrix plays every cell: those without a killed worker in one system,
// and the others in another, where a kill strikes only orders that expect one.
func TestMatrix(t *testing.T) {
	verdicts := map[string]error{}
	var mu sync.Mutex
	t.Run("on real servers", func(t *testing.T) {
		for name, kills := range map[string]bool{"the worker lives": false, "the worker is killed": true} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				perform(t, kills, func(c *cell, err error) {
					mu.Lock()
					defer mu.Unlock()
					verdicts[c.id] = err
				})
			})
		}
	})
	fmt.Print(render(verdicts))
	for _, c := range all {
		if c.reason == "" {
			t.Run(c.String(), func(t *testing.T) {
				require.Contains(t, verdicts, c.id, "the cell was not played")
				require.NoError(t, verdicts[c.id])
			})
		}
	}
}

func perform(t *testing.T, kills bool, verdict func(*cell, error)) {
	self, err := os.Executable()
	require.NoError(t, err)
	dir := t.ArtifactDir()
	deadline := "15s"
	if kills {
		deadline = "45s" // orders that are past it would turn while they wait for a worker
	}
	s := stage{dir: dir, System: harness.New(t, harness.WorkerOf(self), harness.Setting("MATRIX_DIR", dir),
		harness.Setting("STEP_DEADLINE", deadline), harness.Setting("ADMISSION", "off"))}
	var played []*cell
	for _, c := range all {
		if c.reason == "" && c.kills() == kills {
			played = append(played, c)
		}
	}
	s.placeEarly(t, played)

	tending, enough := context.WithCancel(t.Context())
	var keeper errgroup.Group
	keeper.Go(func() error {
		deaths, err := s.tend(tending)
		t.Logf("%d cells, the worker died %d times", len(played), deaths)
		return err
	})
	var group errgroup.Group
	group.SetLimit(atOnce)
	for _, c := range played {
		group.Go(func() error {
			err := s.play(t.Context(), c)
			verdict(c, errors.Join(err, s.judge(t.Context(), c)))
			return nil
		})
	}
	_ = group.Wait()
	s.RequireSound(t)
	s.record(t, played)
	enough()
	require.NoError(t, keeper.Wait())
}

// placeEarly places and cancels, without any worker, the orders that are to be
// cancelled before their first step.
func (s stage) placeEarly(t *testing.T, played []*cell) {
	require.NoError(t, s.Worker.Kill())
	var group errgroup.Group
	for _, c := range played {
		if c.row.early() {
			group.Go(func() error {
				if err := s.place(t.Context(), c); err != nil {
					return fmt.Errorf("%s: %w", c, err)
				}
				return s.cancel(t.Context(), c, orderOf(c))
			})
		}
	}
	require.NoError(t, group.Wait())
	require.NoError(t, s.Worker.Start(t.Context()))
}
