package rollout_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/tests/harness"
)

const deployment = "orders"

// side is one binary in a rollout, its role of that deployment, and the operator
// who runs its makegood deploy.
type side struct {
	*harness.Role
	build  string
	binary string
	env    []string
}

// sides starts the command of the old and the new binary beside each other.
func sides(t *testing.T, s *harness.System, command string) (before, after side) {
	t.Helper()
	built, err := newBinary()
	require.NoError(t, err)
	return start(t, s, command, harness.Binary(t)), start(t, s, command, built)
}

// start starts a role of the deployment. It waits until Temporal knows of it.
func start(t *testing.T, s *harness.System, command, binary string) side {
	t.Helper()
	role := s.Add(t, command, binary)
	role.Set("WORKER_DEPLOYMENT", deployment)
	require.NoError(t, role.Start(t.Context()))
	one := side{Role: role, binary: binary, env: []string{
		"TEMPORAL_ADDRESS=" + s.ToTemporal.Address, "TEMPORAL_NAMESPACE=" + s.Namespace, "WORKER_DEPLOYMENT=" + deployment,
	}}
	harness.Eventually(t, func(context.Context) error {
		out, stderr, code := one.tries(t, "deploy", "status", "--json")
		if code != 0 {
			return errors.New(stderr)
		}
		for build, v := range versions(t, out) {
			if v.This {
				one.build = build
				return nil
			}
		}
		return errors.New("Temporal knows nothing of it: " + out)
	})
	return one
}

// does runs the side's makegood deploy, which must succeed, and returns what it
// wrote.
func (s side) does(t *testing.T, args ...string) string {
	t.Helper()
	out, stderr, code := s.tries(t, append([]string{"deploy"}, args...)...)
	require.Zero(t, code, "%v: %s%s", args, out, stderr)
	return out
}

func (s side) tries(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	return harness.Run(t, s.binary, s.env, args...)
}

// version is a line of makegood deploy status --json.
type version struct {
	Build     string
	This      bool
	State     string
	NewOrders float32 `json:"new_orders_percent"`
	Open      int
}

func (s side) sees(t *testing.T) map[string]version {
	t.Helper()
	return versions(t, s.does(t, "status", "--json"))
}

// versions are by their builds; "" is what has none.
func versions(t *testing.T, out string) map[string]version {
	t.Helper()
	all := map[string]version{}
	for line := range strings.Lines(out) {
		var v version
		require.NoError(t, json.Unmarshal([]byte(line), &v), line)
		all[v.Build] = v
	}
	return all
}
