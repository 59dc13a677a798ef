package faults_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/simulators/internal/faults"
	"makegood/simulators/internal/ledger"
)

func TestParseKnowsEveryFaultByItsName(t *testing.T) {
	for name, want := range map[string]faults.Fault{
		"slow_250":         {Kind: faults.Slow, Times: faults.Always, Delay: 250 * time.Millisecond},
		"slow_undo_40":     {Kind: faults.Slow, Undo: true, Times: faults.Always, Delay: 40 * time.Millisecond},
		"fail_3":           {Kind: faults.Fail, Times: 3},
		"fail_always":      {Kind: faults.Fail, Times: faults.Always},
		"fail_undo_2":      {Kind: faults.Fail, Undo: true, Times: 2},
		"lost_1":           {Kind: faults.Lost, Times: 1},
		"lost_undo_always": {Kind: faults.Lost, Undo: true, Times: faults.Always},
		"refuse_undo":      {Kind: faults.Refuse, Undo: true, Times: faults.Always},
	} {
		got, ok := faults.Parse(name)
		require.True(t, ok, name)
		require.Equal(t, want, got, name)
	}
	for _, name := range []string{"", "slow", "slow_", "slow_x", "slow_always", "slow_-1", "fail_undo", "refuse", "refuse_1", "hang_1", "fail_1.5", "fail_99999999999"} {
		_, ok := faults.Parse(name)
		require.False(t, ok, name)
	}
}

func TestStrikeCountsForEachScopeAcrossRestarts(t *testing.T) {
	file := filepath.Join(t.TempDir(), "faults.db")
	fault, _ := faults.Parse("fail_2")
	strike := func(scope string, undo bool) bool {
		book, err := ledger.Open(file, faults.Bucket)
		require.NoError(t, err)
		defer func() { _ = book.Close() }()
		struck, err := faults.New(context.Background(), book).Strike(fault, undo, scope)
		require.NoError(t, err)
		return struck
	}
	require.True(t, strike("a", false))
	require.False(t, strike("a", true)) // it does not strike undoing
	require.True(t, strike("a", false))
	require.True(t, strike("b", false))
	require.False(t, strike("a", false))
}
