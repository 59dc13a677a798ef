package notify_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/order"
	"makegood/servers"
	"makegood/tests/harness"
)

// It runs alone: it measures time.
func TestOrdersGoOnAsFastWhateverTheBrokerDoes(t *testing.T) {
	frozen, orders := 5*time.Second, 30
	if long {
		frozen, orders = time.Minute, 500
	}
	s := harness.New(t, harness.OwnRabbitMQ(), harness.Setting("LOG_LEVEL", "info"))
	tr := newTrade(t, s)
	tr.more(t, 20) // what is done for the first time takes longer
	well := tr.phase(t, func() {
		// Its start takes both cores for a while, as the restart below does.
		other, err := servers.RabbitMQ(t.Context(), servers.Options{})
		require.NoError(t, err)
		require.NoError(t, other.Stop())
		tr.more(t, orders)
	})
	var returned [3]time.Duration
	phases := [][]sale{tr.phase(t, func() {
		require.NoError(t, s.RabbitMQ.Freeze())
		tr.more(t, int(frozen/every))
		require.NoError(t, s.RabbitMQ.Thaw())
		returned[0] = ready(t, s)
	}), tr.phase(t, func() {
		require.NoError(t, s.RabbitMQ.Kill())
		tr.more(t, 20)
		require.NoError(t, s.RabbitMQ.Restart(t.Context()))
		returned[1] = ready(t, s)
	}), tr.phase(t, func() {
		diskAlarm(t, s.RabbitMQ, true)
		degraded(t, s)
		tr.more(t, max(20, orders-int(frozen/every)-40))
		diskAlarm(t, s.RabbitMQ, false)
		returned[2] = ready(t, s)
	})}
	sales := tr.stop(t)
	struck := slices.Concat(phases...)
	require.GreaterOrEqual(t, len(struck), orders)

	s.RequireSound(t)
	t.Logf("ready again %s after %s frozen, %s after its restart, %s after the disk alarm", returned[0], frozen, returned[1], returned[2])
	t.Logf("%d events were heard again under their ids", requireInOrder(t, s))
	requireMailedOnce(t, s, s.RabbitMQ, sales)

	before99, after99 := stepsOf(t, s, well).p99(), stepsOf(t, s, struck).p99()
	t.Logf("p99 of steps %q: of %d orders with the broker well %s, of %d while it was away %s", stepNames, len(well), before99, len(struck), after99)
	for i, name := range []string{"frozen", "killed", "out of disk"} {
		t.Logf("%12s: %s of %d orders", name, stepsOf(t, s, phases[i]).p99(), len(phases[i]))
	}
	for i, name := range stepNames {
		require.Less(t, after99[i], frozen, "%s waited for the broker", name)
		if long && !harness.UnderRace {
			require.LessOrEqual(t, after99[i], 2*before99[i], name)
		}
	}
	log := s.Worker.Log()
	downs, backs := strings.Count(log, `msg="the broker is down"`), strings.Count(log, `msg="the broker is back"`)
	require.Equal(t, downs, backs, "a line for the end of each outage")
	// A freeze that is over before the connections are given up is none.
	require.GreaterOrEqual(t, downs, 2)
	require.LessOrEqual(t, downs, 3, "a line for each outage")
}

// steps are how long each order took for what its name says.
type steps [3][]time.Duration

// The provider's clock has whole seconds, so that charge has no time of its own.
var stepNames = [...]string{"charged and reserved", "shipped", "final for the caller"}

func stepsOf(t *testing.T, s *harness.System, sales []sale) steps {
	t.Helper()
	var all steps
	for _, one := range sales {
		if !one.ships {
			continue
		}
		o, err := s.API.Get(t.Context(), one.id)
		require.NoError(t, err)
		at := map[order.EventType]time.Time{}
		for _, entry := range o.Timeline {
			at[entry.Type] = entry.Time
		}
		reserved, shipped := at[order.EventReserved], at[order.EventShipmentScheduled]
		for i, took := range []time.Duration{reserved.Sub(at[order.EventPlaced]), shipped.Sub(reserved), one.took} {
			all[i] = append(all[i], took)
		}
	}
	return all
}

func (s steps) p99() (worst [3]time.Duration) {
	for i, all := range s {
		slices.Sort(all)
		worst[i] = all[len(all)*99/100].Round(time.Millisecond)
	}
	return worst
}

// ready waits until nothing of the role is degraded, and returns how long that
// took. Pauses between attempts to connect grow to 5 s, and an attempt that
// hangs takes as long.
func ready(t *testing.T, s *harness.System) time.Duration {
	t.Helper()
	began := time.Now()
	require.NoError(t, harness.Await(t.Context(), 20*time.Second, func(ctx context.Context) error {
		said, err := s.Worker.Readiness(ctx)
		if err == nil && said.Status != "ready" {
			err = fmt.Errorf("%+v", said)
		}
		return err
	}))
	return time.Since(began).Round(time.Millisecond)
}

// degraded waits until the publisher is.
func degraded(t *testing.T, s *harness.System) {
	t.Helper()
	harness.Eventually(t, func(ctx context.Context) error {
		said, err := s.Worker.Readiness(ctx)
		for _, check := range said.Checks {
			if check.Name == "publisher" && check.Status != "ok" {
				return nil
			}
		}
		return fmt.Errorf("%+v, %w", said, err)
	})
}

// diskAlarm asks for more free space than any disk has, or for 50 MB, which is
// the broker's own setting.
func diskAlarm(t *testing.T, broker *servers.RabbitMQServer, on bool) {
	t.Helper()
	least := "50000000"
	if on {
		least = "1000000000000000000"
	}
	_, err := broker.Eval(t.Context(), "rabbit_disk_monitor:set_disk_free_limit("+least+").")
	require.NoError(t, err)
	alarms, err := broker.Eval(t.Context(), "rabbit_alarm:get_alarms().")
	require.NoError(t, err)
	require.Equal(t, on, strings.Contains(alarms, "disk"), alarms)
}
