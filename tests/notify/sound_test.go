package notify_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"makegood/events"
	"makegood/order"
	"makegood/servers"
	"makegood/tests/harness"
)

// requireInOrder wants the events of each order to have come in sequence, if
// repeats are left out. It returns how many came more than once.
func requireInOrder(t *testing.T, s *harness.System) (repeats int) {
	t.Helper()
	repeats, mixed := heard(s)
	for id := range mixed {
		t.Errorf("order %s: %s", id, s.Heard.Story(id))
	}
	return repeats
}

// heard counts the events that came more than once, and names the orders whose
// events, repeats left out, came in another order than their sequence.
func heard(s *harness.System) (repeats int, mixed map[order.ID]bool) {
	seen, last := map[string]bool{}, map[order.ID]int{}
	mixed = map[order.ID]bool{}
	for _, d := range s.Heard.All() {
		if seen[d.ID] {
			repeats++
			continue
		}
		seen[d.ID] = true
		if d.Sequence != last[d.Subject]+1 {
			mixed[d.Subject] = true
		}
		last[d.Subject] = d.Sequence
	}
	return repeats, mixed
}

// announced are the events of the orders that call for a mail, by id.
func announced(t *testing.T, s *harness.System, sales []sale) map[string]order.EventType {
	t.Helper()
	timelines := make([]map[string]order.EventType, len(sales))
	group, ctx := errgroup.WithContext(t.Context())
	group.SetLimit(4)
	for i, one := range sales {
		group.Go(func() error {
			o, err := s.API.Get(ctx, one.id)
			if err != nil {
				return err
			}
			timelines[i] = map[string]order.EventType{}
			for _, entry := range o.Timeline {
				switch entry.Type {
				case order.EventCompleted, order.EventRefunded, order.EventRejected:
					timelines[i][events.ID(one.id, entry.Sequence)] = entry.Type
				}
			}
			return nil
		})
	}
	require.NoError(t, group.Wait())
	all := map[string]order.EventType{}
	for _, of := range timelines {
		for id, kind := range of {
			all[id] = kind
		}
	}
	require.Greater(t, len(all), len(sales), "each order has a mail, and a refund another")
	return all
}

// mails are the accepted mails by event id, each copy, the oldest first.
func mails(ctx context.Context, s *harness.System) (map[string][]harness.Mail, error) {
	books, err := s.Books(ctx)
	if err != nil {
		return nil, err
	}
	copies := map[string][]harness.Mail{}
	for _, m := range books.Of("").Mails { // every subject contains it, and the oldest is first
		id, _, _ := strings.Cut(m.MessageID, "@")
		copies[id] = append(copies[id], m)
	}
	return copies, nil
}

// allMailed waits until every event that calls for a mail has one and the
// notifier's queues are empty, so that no other mail can come, and returns the
// copies of each. Leases of a notifier that was killed have to end first.
func allMailed(t *testing.T, s *harness.System, broker *servers.RabbitMQServer, sales []sale) map[string][]harness.Mail {
	t.Helper()
	wanted := announced(t, s, sales)
	var copies map[string][]harness.Mail
	require.NoError(t, harness.Await(t.Context(), 5*time.Minute, func(ctx context.Context) (err error) {
		if copies, err = mails(ctx, s); err != nil {
			return err
		}
		missing := 0
		for id := range wanted {
			if len(copies[id]) == 0 {
				missing++
			}
		}
		if missing > 0 {
			return fmt.Errorf("%d of %d mails are missing", missing, len(wanted))
		}
		return empty(ctx, broker)
	}))
	copies, err := mails(t.Context(), s) // one that was a repeat may have come last
	require.NoError(t, err)
	for id := range copies {
		require.Contains(t, wanted, id, "a mail of no event")
	}
	return copies
}

// requireMailedOnce wants exactly one mail for each event that calls for one.
func requireMailedOnce(t *testing.T, s *harness.System, broker *servers.RabbitMQServer, sales []sale) {
	t.Helper()
	copies := allMailed(t, s, broker, sales)
	for id, of := range copies {
		require.Len(t, of, 1, "event %s was mailed more than once", id)
	}
	t.Logf("%d orders, %d mails, each once", len(sales), len(copies))
}

// empty is an error while anything is in the notifier's queue, its retries and
// its dead letters, delivered or not.
func empty(ctx context.Context, broker *servers.RabbitMQServer) error {
	said, err := broker.Eval(ctx, `lists:sum([begin {ok, N, _} = ra:consistent_query(amqqueue:get_pid(Q), fun rabbit_fifo:query_messages_total/1), N end || Q <- rabbit_amqqueue:list(), string:prefix(element(4, amqqueue:get_name(Q)), <<"makegood.email">>) =/= nomatch]).`)
	if err == nil && said != "0" {
		err = fmt.Errorf("%s events are in the notifier's queues", said)
	}
	return err
}
