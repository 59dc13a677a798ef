package e2e_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/tests/harness"
)

func TestAGatewayAloneTellsThatTheBrokerIsAway(t *testing.T) {
	t.Parallel()
	s := harness.New(t, harness.Apart())
	tellsOfItsBroker(t, s, "ok")

	s.ToRabbitMQ.Cut()
	tellsOfItsBroker(t, s, "degraded")
	require.NoError(t, s.Gateway.Restart(t.Context()), "it starts without the broker")
	tellsOfItsBroker(t, s, "degraded")

	s.ToRabbitMQ.Mend(t.Context())
	tellsOfItsBroker(t, s, "ok")
}

// tellsOfItsBroker waits until the gateway's readiness, metrics and system page
// all say so of the broker.
func tellsOfItsBroker(t *testing.T, s *harness.System, status string) {
	t.Helper()
	ready, down, counts := "ready", "makegood_events_broker_down 0", true
	if status == "degraded" {
		ready, down, counts = "degraded", "makegood_events_broker_down 1", false
	}
	harness.Eventually(t, func(ctx context.Context) error {
		said, err := s.Gateway.Readiness(ctx)
		if err != nil {
			return err
		}
		var broker string
		for _, check := range said.Checks {
			if check.Name == "broker" {
				broker = check.Status
			}
		}
		if said.Status != ready || broker != status {
			return fmt.Errorf("the broker is not %s: %+v", status, said)
		}
		if text := metrics(t, s.Gateway); !strings.Contains(text, down) {
			return fmt.Errorf("the metrics don't say %s", down)
		}
		system, err := s.API.System(ctx)
		if err != nil {
			return err
		}
		if system.Status != ready || counts != (len(system.Consumers) == 1) || counts == slices.Contains(system.Unknown, "consumers") {
			return fmt.Errorf("the system's page says otherwise: %+v", system)
		}
		return nil
	})
}
