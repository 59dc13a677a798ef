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

// TestMatrix plays every cell: those that leave the worker alive in one system,
// and the others in another.
func TestMatrix(t *testing.T) {
	verdicts := map[string]error{}
	var mu sync.Mutex
	verdict := func(c *cell, err error) {
		mu.Lock()
		defer mu.Unlock()
		verdicts[c.id] = err
	}
	t.Run("on real servers", func(t *testing.T) {
		t.Run("the worker lives", func(t *testing.T) {
			t.Parallel()
			s, living, _ := open(t, "6s")
			s.perform(t, living, verdict)
		})
		t.Run("the worker is killed", func(t *testing.T) {
			t.Parallel()
			// An attempt must outlast the wait for the others.
			s, _, mortal := open(t, "30s")
			s.performKills(t, mortal, verdict)
		})
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

// open starts a system, and tells which cells leave its worker alive.
func open(t *testing.T, attempt string) (s stage, living, mortal []*cell) {
	self, err := os.Executable()
	require.NoError(t, err)
	dir := t.ArtifactDir()
	s = stage{dir: dir, System: harness.New(t, harness.WorkerOf(self), harness.Setting("MATRIX_DIR", dir),
		harness.Setting("MATRIX_ATTEMPT", attempt), harness.Setting("ADMISSION", "off"))}
	for _, c := range all {
		switch {
		case c.reason != "":
		case c.mortal():
			mortal = append(mortal, c)
		default:
			living = append(living, c)
		}
	}
	return s, living, mortal
}

func (s stage) perform(t *testing.T, played []*cell, verdict func(*cell, error)) {
	s.placeEarly(t, played)
	var group errgroup.Group
	group.SetLimit(atOnce)
	for _, c := range played {
		group.Go(func() error {
			verdict(c, s.playAndJudge(t.Context(), c))
			return nil
		})
	}
	_ = group.Wait()
	s.RequireSound(t)
	s.record(t, played)
}

func (s stage) playAndJudge(ctx context.Context, c *cell) error {
	err := s.play(ctx, c)
	return errors.Join(err, s.judge(ctx, c))
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
