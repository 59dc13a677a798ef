package metrics_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	temporal "go.temporal.io/sdk/client"

	"makegood/api/client"
	"makegood/order"
	"makegood/tests/harness"
	"makegood/workflows"
)

// mixed is a system on which everything has happened once that a dashboard
// shows or an alert tells of: orders that ship, one that is declined, one that is
// sold out, one whose parcel nobody takes, and one that needs attention and is
// left so; a mail that is refused for good; an order that nobody knows, and a
// workflow that no worker can go on with.
func mixed(t *testing.T, options ...harness.Option) *harness.System {
	t.Helper()
	s := harness.New(t, append(options, harness.Setting("ATTENTION_AFTER", "2s"), harness.Setting("AUDIT_EVERY", "2s"))...)
	_, err := s.API.SetStock(t.Context(), "MUG-BLUE", 100, "", "")
	require.NoError(t, err)

	for range 3 {
		require.Equal(t, order.Completed, s.Final(t, buy(t, s, func(*order.Request) {}).ID).Status)
	}
	require.Equal(t, order.Rejected, s.Final(t, buy(t, s, func(r *order.Request) { r.PaymentMethod = "pm_card_chargeDeclined" }).ID).Status)
	require.Equal(t, order.Rejected, s.Final(t, buy(t, s, func(r *order.Request) { r.ShippingAddress.PostalCode = "00000" }).ID).Status)
	refused(t, s)

	_, err = s.API.Place(t.Context(), sample(func(r *order.Request) { r.Lines[0].Quantity = 1000 }), "", 0)
	require.ErrorContains(t, err, "out_of_stock")

	stuck := buy(t, s, func(r *order.Request) {
		r.PaymentMethod, r.ShippingAddress.PostalCode = "pm_sim_refuse_undo", "00000"
	})
	await(t, func(ctx context.Context) error {
		o, err := s.API.Get(ctx, stuck.ID)
		if err == nil && o.Status != order.NeedsAttention {
			err = fmt.Errorf("the order is %s", o.Status)
		}
		return err
	})

	_, err = s.API.Get(t.Context(), "ord_aaaaaaaaaaaaaaaaaaaaaaaaaa")
	require.ErrorContains(t, err, "not_found")
	_, err = s.Temporal.ExecuteWorkflow(t.Context(), temporal.StartWorkflowOptions{ID: "no order", TaskQueue: workflows.TaskQueue},
		"of a release that nobody has")
	require.NoError(t, err)
	await(t, says(s.Worker, `temporal_workflow_task_execution_failed_total\{.*\} [1-9]`))
	return s
}

// outage has the broker away while an order ends, and back.
func outage(t *testing.T, s *harness.System) {
	t.Helper()
	s.ToRabbitMQ.Cut()
	placed := buy(t, s, func(*order.Request) {})
	require.Equal(t, order.Completed, s.Final(t, placed.ID).Status)
	await(t, says(s.Worker, `makegood_events_unpublished_age_seconds (0\.[0-9]|[1-9])`))
	await(t, says(s.Worker, `makegood_events_broker_down 1`))
	await(t, says(s.Gateway, `makegood_orders_open\{status="completed"\} 1`))
	s.ToRabbitMQ.Mend(t.Context())
	s.Heard.Until(t, placed.ID, order.EventCompleted)
	await(t, says(s.Gateway, `makegood_orders_open\{status="completed"\} 0`))
}

func sample(change func(*order.Request)) order.Request {
	request := harness.Sample()
	change(&request)
	return request
}

// buy places an order and waits for its end, for a while.
func buy(t *testing.T, s *harness.System, change func(*order.Request)) client.Placed {
	t.Helper()
	var placed client.Placed
	require.NoError(t, harness.Insist(t.Context(), func() (err error) {
		placed, err = s.API.Place(t.Context(), sample(change), "", 3*time.Second)
		return err
	}))
	return placed
}

// refused has two mails refused for good: one is sent again in vain, the other
// is discarded. One dead letter is left.
func refused(t *testing.T, s *harness.System) {
	t.Helper()
	letter := func(email string) (id string) {
		placed := buy(t, s, func(r *order.Request) { r.Email = email })
		await(t, func(ctx context.Context) error {
			page, err := s.API.ListDeadLetters(ctx, client.LetterFilter{OrderID: placed.ID}, "", "", 0)
			if err == nil && len(page.Items) != 1 {
				err = fmt.Errorf("order %s has %d dead letters", placed.ID, len(page.Items))
			}
			if err == nil {
				id = page.Items[0].ID
			}
			return err
		})
		return id
	}
	_, err := s.API.Redrive(t.Context(), letter("refuse+ada@example.com"))
	require.NoError(t, err)
	_, err = s.API.Discard(t.Context(), letter("refuse+bob@example.com"), "ada", "no such mailbox")
	require.NoError(t, err)
	await(t, says(s.Notifier, `makegood_dead_letters_redriven_total\{consumer="email"\} 1`))
	await(t, says(s.Notifier, `makegood_events_delivered_total\{consumer="email",verdict="dead"\} 3`))
}

// says asks the role's metrics for a line.
func says(role *harness.Role, line string) func(context.Context) error {
	pattern := regexp.MustCompile("(?m)^" + line + "[0-9.e+]*$")
	return func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+role.Address+"/metrics", nil)
		if err != nil {
			return err
		}
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			return err
		}
		defer func() { _ = answer.Body.Close() }()
		text, err := io.ReadAll(answer.Body)
		if err == nil && !pattern.Match(text) {
			name := line[:strings.IndexAny(line, `\ `)]
			err = fmt.Errorf("no %s, but %q", line, regexp.MustCompile("(?m)^"+name+".*$").FindAll(text, -1))
		}
		return err
	}
}

func await(t *testing.T, check func(context.Context) error) {
	t.Helper()
	harness.Eventually(t, check)
}
