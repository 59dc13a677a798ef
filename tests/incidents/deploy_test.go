package incidents_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/order"
	"makegood/tests/harness"
)

// A release takes the saga's steps in another order. It is deployed while an
// order waits for the carrier, which then comes back.
func TestAnIncompatibleDeploy(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	incompatible, err := harness.BuildIncompatible(t.TempDir())
	require.NoError(t, err)
	before, deployed := harness.Binary(t), filepath.Join(dir, "makegood")
	require.NoError(t, os.Symlink(before, deployed))
	s := harness.New(t, harness.WorkerOf(deployed))
	stocked(t, s, "MUG-BLUE", 10)
	open := placed(t, s, "MUG-BLUE", order.Reserved, carrierDown)
	deploy := func(release string) {
		t.Helper()
		require.NoError(t, os.Remove(deployed))
		require.NoError(t, os.Symlink(release, deployed))
		require.NoError(t, s.Worker.Stop())
		require.NoError(t, s.Worker.Start(t.Context()))
	}
	deploy(incompatible)
	require.NoError(t, s.EndFault(t.Context(), open)) // the carrier is back

	ada := newOnCall(t, s, "incidents/incompatible-deploy.md", deployed)
	ada.sees("What you see", "Look")
	deploy(before)
	ada.sees("Afterwards")
	require.Equal(t, order.Completed, s.Final(t, open).Status)
	placed(t, s, "MUG-BLUE", order.Completed, asUsual)
	ada.ends(s)
}
