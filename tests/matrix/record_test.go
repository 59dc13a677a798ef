package matrix_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/order"
	"makegood/tests/harness"
)

// paths are the cells whose histories stand for all of a kind: every later
// version must replay them. The others go the same ways through the code.
var paths = map[string]struct {
	step   order.Step
	row    string
	column column
}{
	"retried-steps":                {order.Charge, "error, twice", works},
	"failing-compensations":        {order.Reserve, "definite refusal", failing},
	"deadline":                     {order.Reserve, pastDeadline, works},
	"late-effect":                  {order.Charge, pastDeadline, late},
	"parcel-found":                 {order.Ship, answerLost, parcel},
	"worker-killed":                {order.Reserve, "took effect, worker killed", works},
	"worker-killed-unwinding":      {order.Ship, "definite refusal", killed},
	"panicked":                     {order.Ship, "panic, twice", works},
	"attention-retried":            {order.Charge, pastDeadline, retried},
	"attention-settled":            {order.Ship, "definite refusal", settled},
	"attention-commit":             {order.Commit, pastDeadline, works},
	"cancelled-before-any-worker":  {order.Charge, "cancel in the Web UI, before", works},
	"cancelled-over-the-api":       {order.Ship, "cancel over the API, during", works},
	"cancelled-while-compensating": {order.Ship, "definite refusal", again},
}

// record writes the histories of the paths, with -record.
func (s stage) record(t *testing.T, played []*cell) {
	for name, path := range paths {
		for _, c := range played {
			if c.row.step == path.step && c.row.name == path.row && c.column == path.column {
				history, err := s.History(t.Context(), orderOf(c))
				require.NoError(t, err)
				harness.Record(t, name, history)
			}
		}
	}
}

func TestEveryPathIsACell(t *testing.T) {
	for name, path := range paths {
		found := 0
		for _, c := range all {
			if c.reason == "" && c.row.step == path.step && c.row.name == path.row && c.column == path.column {
				found++
			}
		}
		require.Equal(t, 1, found, name)
	}
}
