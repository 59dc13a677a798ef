package stock_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/audit"
	"makegood/tests/harness"
)

// stockAudit runs `makegood stock audit` and returns what it has found. left
// says that it has found what it did not mend.
func stockAudit(t *testing.T, s *harness.System, flags ...string) (drifts []audit.Drift, left bool) {
	t.Helper()
	env := []string{"TEMPORAL_ADDRESS=" + s.ToTemporal.Address, "TEMPORAL_NAMESPACE=" + s.Namespace, "REDIS_URL=" + s.RedisURL()}
	out, said, code := harness.Run(t, harness.Binary(t), env, append([]string{"stock", "--json", "audit"}, flags...)...)
	if left = code == 1; !left {
		require.Zero(t, code, said)
	}
	for lines := json.NewDecoder(strings.NewReader(out)); ; {
		var d audit.Drift
		err := lines.Decode(&d)
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err, said)
		drifts = append(drifts, d)
	}
	if left {
		require.Regexp(t, "differences left: [0-9]+|do not belong together", said)
	}
	return drifts, left
}

// mended audits and mends until nothing is left: what sagas do meanwhile may
// need another look.
func mended(t *testing.T, s *harness.System) (all []audit.Drift) {
	t.Helper()
	harness.Eventually(t, func(context.Context) error {
		found, _ := stockAudit(t, s, "--repair")
		all = append(all, found...)
		if len(found) > 0 {
			return fmt.Errorf("the audit has found %+v", found)
		}
		return nil
	})
	return all
}
