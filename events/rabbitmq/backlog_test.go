package rabbitmq_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/events"
	"makegood/events/rabbitmq"
	"makegood/tests/harness"
)

func TestABacklogIsWhatWaitsForAConsumer(t *testing.T) {
	cfg, _ := corner(t)
	declared := []events.Consumer{{Name: "email"}, {Name: "late"}}
	cfg.Consumers = declared
	p := publisher(t, cfg)
	require.NoError(t, p.Publish(within(t, time.Minute), story(t, "ord_1")))
	cfg.Consumers = []events.Consumer{declared[0], {Name: "undeclared"}, declared[1]}
	m := backlogs(t, cfg)
	harness.Holds(t, "all of it waits", func() bool {
		said, err := m.Backlogs(t.Context())
		return err == nil && slices.Equal(said, []events.Backlog{
			{Consumer: "email", Waiting: 5}, {Consumer: "undeclared"}, {Consumer: "late", Waiting: 5},
		})
	})
	require.NoError(t, m.Ready())
}

func TestAFrozenBrokerHoldsUpNobodyWhoCounts(t *testing.T) {
	cfg, _ := corner(t)
	m := backlogs(t, cfg)
	harness.Holds(t, "it connects", func() bool { return m.Ready() == nil })
	freeze(t)
	began := time.Now()
	said, err := m.Backlogs(t.Context())
	require.Error(t, err)
	require.Empty(t, said, "a queue that was not counted is not empty")
	require.Less(t, time.Since(began), 2*time.Second)
	harness.Holds(t, "it tells", func() bool { return m.Ready() != nil })
	_, err = m.Backlogs(t.Context())
	require.ErrorIs(t, err, events.ErrBrokerDown)

	require.NoError(t, broker.Thaw())
	harness.Holds(t, "all is well", func() bool {
		_, err := m.Backlogs(t.Context())
		return err == nil && m.Ready() == nil
	})
}

// backlogs keeps a connection for the test's time.
func backlogs(t *testing.T, cfg rabbitmq.Config) *rabbitmq.Metrics {
	t.Helper()
	m, err := rabbitmq.NewMetrics(cfg)
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.Background())
	var keeping sync.WaitGroup
	keeping.Go(func() { m.Keep(ctx) })
	t.Cleanup(func() {
		stop()
		keeping.Wait()
	})
	return m
}
