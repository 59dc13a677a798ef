package incidents_test

import (
	"context"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/order"
	"makegood/servers"
	"makegood/tests/harness"
)

// strike is a way to lose a broker, and to get it back.
type strike struct {
	down func(*servers.RabbitMQServer) error
	back func(context.Context, *servers.RabbitMQServer) error
	long bool // it takes a minute until every connection is given up
}

var strikes = map[string]strike{
	"killed": {
		down: func(s *servers.RabbitMQServer) error { return s.Kill() },
		back: func(ctx context.Context, s *servers.RabbitMQServer) error { return s.Restart(ctx) },
	},
	"frozen": {
		down: func(s *servers.RabbitMQServer) error { return s.Freeze() },
		back: func(_ context.Context, s *servers.RabbitMQServer) error { return s.Thaw() },
		long: true,
	},
}

// The broker goes away while orders come in, and comes back.
func TestTheBrokerIsDown(t *testing.T) {
	t.Parallel()
	for name, strike := range strikes {
		t.Run(name, func(t *testing.T) {
			if strike.long && os.Getenv("MAKEGOOD_LONG") == "" {
				t.Skip("make test-all runs it")
			}
			t.Parallel()
			s := harness.New(t, harness.OwnRabbitMQ())
			stocked(t, s, "MUG-BLUE", 10)
			placed(t, s, "MUG-BLUE", order.Completed, asUsual)
			// A broker that has run for a while: one that is killed within its first
			// second has not written down yet which queues there are.
			_, err := s.RabbitMQ.Eval(t.Context(), "mnesia:sync_log(), [dets:sync(Table) || Table <- dets:all()].")
			require.NoError(t, err)
			require.NoError(t, strike.down(s.RabbitMQ))
			for range 3 {
				placed(t, s, "MUG-BLUE", order.Completed, asUsual)
			}

			ada := newOnCall(t, s, "incidents/broker-down.md", harness.Binary(t))
			ada.sees("What you see", "Look")
			require.NoError(t, strike.back(t.Context(), s.RabbitMQ))
			ada.sees("Afterwards")
			ada.ends(s)
		})
	}
}
