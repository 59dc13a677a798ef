// Package metrics_test holds what deploy has for Prometheus and Grafana against
// what the roles and their servers really serve, after a mixed run.
package metrics_test

import (
	"os"
	"testing"

	"makegood/tests/harness"
)

func TestMain(m *testing.M) { os.Exit(harness.Main(m)) }
