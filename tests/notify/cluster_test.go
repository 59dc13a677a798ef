package notify_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/order"
	"makegood/tests/harness"
)

// The node that leads the notifier's queue is killed while orders are placed,
// and comes back; then the next one that does.
func TestNothingIsLostWithTheNodeThatLeadsAQueue(t *testing.T) {
	t.Parallel()
	kills, between := 1, 20
	if long {
		kills, between = 4, 60
	}
	s := harness.New(t, harness.OwnRabbitMQCluster(), harness.Setting("LOG_LEVEL", "info"))
	cluster := s.RabbitMQCluster
	tr := newTrade(t, s)
	led := map[string]int{}
	for range kills {
		tr.more(t, between) // beyond what a new queue needs to settle, see Leader
		leader, err := cluster.Leader(t.Context(), "makegood.email")
		require.NoError(t, err)
		led[leader.Address]++
		require.NoError(t, leader.Kill())
		tr.more(t, between)
		t.Logf("%s after %d more orders the role is ready", ready(t, s), between)
		require.NoError(t, leader.Restart(t.Context()))
		require.NoError(t, cluster.AwaitWhole(t.Context()))
	}
	tr.more(t, between)
	sales := tr.stop(t)
	if kills > 1 {
		require.Greater(t, len(led), 1, "the lead went to another node each time")
	}

	s.RequireSound(t)
	repeats, _ := heard(s) // which order a queue hands over that lost its leader is the broker's
	requireMailedOnce(t, s, cluster.Nodes[0], sales)
	longest, late := confirmed(t, s, sales)
	t.Logf("%d leaders were killed; %d events were heard again under their ids; %d of %d orders waited more than 1 s for the confirms of their events, %s at most",
		kills, repeats, late, len(sales), longest)
}

// confirmed tells how long orders waited from their last outcome until the
// broker had confirmed all of their events: a workflow ends then.
func confirmed(t *testing.T, s *harness.System, sales []sale) (longest time.Duration, late int) {
	t.Helper()
	for _, one := range sales {
		o, err := s.API.Get(t.Context(), one.id)
		require.NoError(t, err)
		last := o.Timeline[len(o.Timeline)-1]
		require.Contains(t, []order.EventType{order.EventCompleted, order.EventRejected}, last.Type)
		described, err := s.Temporal.DescribeWorkflowExecution(t.Context(), string(one.id), "")
		require.NoError(t, err)
		waited := described.GetWorkflowExecutionInfo().GetCloseTime().AsTime().Sub(last.Time)
		if waited > time.Second {
			late++
		}
		longest = max(longest, waited.Round(time.Millisecond))
	}
	return longest, late
}
