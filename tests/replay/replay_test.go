// Package replay_test holds the histories of orders that real servers
// recorded, and replays them against today's workflow code.
package replay_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/workflow"

	"makegood/worker"
)

// The paths that must be covered; `make record-histories` records them.
var paths = []string{
	"shipped", "declined", "sold-out", "undeliverable", "cancelled",
	// of the matrix
	"retried-steps", "failing-compensations", "deadline", "late-effect", "parcel-found",
	"worker-killed", "worker-killed-unwinding", "panicked",
	"attention-retried", "attention-settled", "attention-commit",
	"cancelled-before-any-worker", "cancelled-over-the-api", "cancelled-while-compensating",
	// of what people do in the Web UI
	"terminated", "unwound", "reset", "audited", "stock-audited",
}

func TestRecordedHistoriesReplay(t *testing.T) {
	for _, path := range paths {
		t.Run(path, func(t *testing.T) {
			files, err := filepath.Glob(filepath.Join("histories", path+".json"))
			require.NoError(t, err)
			others, err := filepath.Glob(filepath.Join("histories", path+".*.json"))
			require.NoError(t, err)
			files = append(files, others...)
			require.NotEmpty(t, files, "no history of this path; run make record-histories")
			for _, name := range files {
				file, err := os.Open(name)
				require.NoError(t, err)
				history, err := client.HistoryFromJSON(file, client.HistoryJSONOptions{})
				require.NoError(t, err, name)
				require.NoError(t, file.Close())
				require.NoError(t, worker.Replay(workflow.Execution{}, history), name)
			}
		})
	}
}

func TestEveryHistoryIsOfAKnownPath(t *testing.T) {
	files, err := os.ReadDir("histories")
	require.NoError(t, err)
	for _, file := range files {
		name := strings.TrimSuffix(file.Name(), ".json")
		require.Contains(t, paths, strings.SplitN(name, ".", 2)[0], "histories/%s is replayed by nothing", file.Name())
	}
}
