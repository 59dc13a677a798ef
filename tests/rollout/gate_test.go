package rollout_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"makegood/order"
	"makegood/tests/harness"
)

// A shop that had no versions so far has orders open that go wherever new ones
// do: a binary that can't go on with them gets none, not one in a hundred.
func TestARampIsGatedByReplay(t *testing.T) {
	t.Parallel()
	s := harness.New(t, harness.Apart())
	_, err := s.API.SetStock(t.Context(), harness.Sample().Lines[0].SKU, 100, "", "")
	require.NoError(t, err)
	held := hold(t, s, 3)
	before, after := sides(t, s, "worker")
	harness.Eventually(t, func(context.Context) error {
		if none := before.sees(t)[""]; none.Open < len(held) || none.State != "current" || none.NewOrders != 100 {
			return fmt.Errorf("without a version: %+v", none)
		}
		return nil
	})

	for _, args := range [][]string{{"deploy", "ramp", "1"}, {"deploy", "promote"}} {
		out, stderr := refused(t, after, args...)
		for _, id := range held {
			require.Contains(t, out, string(id))
		}
		require.Equal(t, len(held), strings.Count(out, "TMPRL1100"), out)
		require.Contains(t, stderr, fmt.Sprintf("nothing was changed: workers of this binary would break %d of ", len(held)))
	}
	require.EqualValues(t, 100, before.sees(t)[""].NewOrders)

	require.Regexp(t, `open workflows that would come to this build: [3-9] replay`, before.does(t, "promote"))
	require.NoError(t, s.Worker.Stop()) // nobody needs it any more
	release(t, s, held...)
	for _, id := range held {
		require.Equal(t, order.Completed, s.Final(t, id).Status)
		r := howRan(t, s, id)
		require.Equal(t, []string{"", before.build}, r.builds, "begun without a version, ended on the first one")
		require.Zero(t, r.failed)
	}
	after.does(t, "promote") // there is nothing left that it would break
	requireRanOn(t, s, after.build, buy(t, s.API))

	free := hold(t, s, 1)[0]
	override(t, s, free, &client.AutoUpgradeVersioningOverride{})
	harness.Eventually(t, func(ctx context.Context) error {
		listed, err := s.Listed(ctx, fmt.Sprintf("WorkflowId = '%s' AND TemporalWorkflowVersioningBehavior = 'AutoUpgrade'", free))
		if err == nil && len(listed) == 0 {
			err = fmt.Errorf("order %s is not listed as set free", free)
		}
		return err
	})
	out, _ := refused(t, before, "deploy", "ramp", "10")
	require.Contains(t, out, string(free))
	override(t, s, free, nil)
	release(t, s, free)
	require.Equal(t, order.Completed, s.Final(t, free).Status)
	s.RequireSound(t)
}

// refused runs a command that the gate refuses, and returns what it wrote. It says
// it again while Temporal is too busy to be asked: then only stderr tells why.
func refused(t *testing.T, s side, args ...string) (stdout, stderr string) {
	t.Helper()
	harness.Eventually(t, func(context.Context) error {
		var code int
		stdout, stderr, code = s.tries(t, args...)
		require.Equal(t, 1, code, stdout)
		require.Contains(t, stderr, "makegood: ")
		if stdout == "" {
			t.Log("to be said again:", stderr)
			return errors.New(stderr)
		}
		return nil
	})
	return stdout, stderr
}

// override does what temporal workflow update-options does.
func override(t *testing.T, s *harness.System, id order.ID, to client.VersioningOverride) {
	t.Helper()
	_, err := s.Temporal.UpdateWorkflowExecutionOptions(t.Context(), client.UpdateWorkflowExecutionOptionsRequest{
		WorkflowId: string(id),
		WorkflowExecutionOptionsChanges: client.WorkflowExecutionOptionsChanges{
			VersioningOverride: &client.VersioningOverrideChange{Value: to},
		},
	})
	require.NoError(t, err)
}

func TestNoWorkerNoDeploy(t *testing.T) {
	t.Parallel()
	s := harness.New(t)
	binary := harness.Binary(t)
	env := []string{"TEMPORAL_ADDRESS=" + s.ToTemporal.Address, "TEMPORAL_NAMESPACE=" + s.Namespace}
	named := append([]string{"WORKER_DEPLOYMENT=" + deployment}, env...)
	for _, command := range []string{"status", "promote", "ramp 10", "ramp 0"} {
		args := append([]string{"deploy"}, strings.Fields(command)...)
		_, stderr, code := harness.Run(t, binary, env, args...)
		require.Equal(t, 1, code)
		require.Equal(t, "makegood: WORKER_DEPLOYMENT (--worker-deployment) is not set; write the name that the workers have, such as orders\n", stderr)
		_, stderr, code = harness.Run(t, binary, named, args...)
		require.Equal(t, 1, code)
		require.Equal(t, "makegood: no worker of deployment orders has asked Temporal for work yet; start one with WORKER_DEPLOYMENT=orders first\n", stderr)
	}

	one := start(t, s, "worker", binary)
	built, err := newBinary()
	require.NoError(t, err)
	for _, command := range []string{"promote", "ramp 10"} {
		_, stderr, code := harness.Run(t, built, one.env, append([]string{"deploy"}, strings.Fields(command)...)...)
		require.Equal(t, 1, code)
		require.Regexp(t, `^makegood: no worker of build changed-[0-9a-f]{12}, which this binary is, has asked Temporal for work yet; start one first\n$`, stderr)
	}
}
