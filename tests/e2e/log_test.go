package e2e_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/api/client"
	"makegood/order"
	"makegood/tests/harness"
)

// What the customer of every order here is called, lives and pays with.
var personal = []string{"zaphod", "Zaphod", "Beeblebrox", "Heartofgold", "Betelgeuse", "pm_"}

// What a role logs names order, trace and role, and no person: on every way
// that an order can go, and at every level.
func TestLogsNameOrderTraceAndRoleAndNoPerson(t *testing.T) {
	t.Parallel()
	c := newCollector(t)
	s := harness.New(t, append(exporting("http/protobuf", c.http), harness.Apart(), harness.Setting("ADMISSION", "off"),
		harness.Setting("ATTENTION_AFTER", "1s"), harness.Setting("EVENT_RETRIES", "50ms"), harness.Setting("LOG_FORMAT", "json"))...)
	_, err := s.API.SetStock(t.Context(), "MUG-BLUE", 10, "", "")
	require.NoError(t, err)
	undelivered := func(r *order.Request) { r.ShippingAddress.PostalCode = "00000" }
	ways := []struct {
		name   string
		change func(*order.Request)
		status order.Status
	}{
		{"shipped", func(*order.Request) {}, order.Completed},
		{"declined", func(r *order.Request) { r.PaymentMethod = "pm_card_chargeDeclined" }, order.Rejected},
		{"sold out", func(r *order.Request) { r.Lines[0].Quantity = 25 }, order.Rejected},
		{"undeliverable, after a charge that failed at first", func(r *order.Request) { undelivered(r); r.PaymentMethod = "pm_sim_fail_1" }, order.Rejected},
		{"a carrier that fails at first", func(r *order.Request) { r.ShippingAddress.Line1 = "sim:fail_2" }, order.Completed},
		{"a refund that is refused", func(r *order.Request) { undelivered(r); r.PaymentMethod = "pm_sim_refuse_undo" }, order.NeedsAttention},
		{"a mail that is refused", func(r *order.Request) { r.Email = "refuse+zaphod@private.example" }, order.Completed},
	}
	traces := map[string]string{} // by order
	var refused, unmailed order.ID
	for i, way := range ways {
		request := harness.Sample()
		request.Email = "zaphod@private.example"
		request.ShippingAddress = order.Address{Name: "Zaphod Beeblebrox", Line1: "42 Heartofgold Lane", City: "Betelgeuse", PostalCode: "10115", Country: "DE"}
		way.change(&request)
		trace := fmt.Sprintf("%s%02x", callersTrace, 0x80+i)
		id := placeTraced(t, s, request, trace)
		traces[string(id)] = trace
		switch way.name {
		case "a refund that is refused":
			refused = id
		case "a mail that is refused":
			unmailed = id
		}
		harness.Eventually(t, func(ctx context.Context) error {
			o, err := s.API.Get(ctx, id)
			if err == nil && o.Status != way.status {
				err = fmt.Errorf("%s: %s", way.name, o.Status)
			}
			return err
		})
	}
	_, err = s.API.Cancel(t.Context(), refused)
	require.Error(t, err, "its carrier has said no")
	_, err = s.API.Settle(t.Context(), refused, client.Word{Action: "retry"})
	require.NoError(t, err)
	wrong := harness.Sample()
	wrong.Email, wrong.Currency = "zaphod", "EURO"
	_, err = s.API.Place(t.Context(), wrong, "", 0)
	var problem *client.Problem
	require.ErrorAs(t, err, &problem)
	require.Equal(t, http.StatusUnprocessableEntity, problem.Status)
	harness.Eventually(t, func(context.Context) error {
		if !strings.Contains(s.Notifier.Log(), "a dead letter waits for somebody") {
			return errors.New("no mail is dead")
		}
		return nil
	})

	about := map[string]string{} // the orders of each kind of line, with their traces
	for _, r := range []*harness.Role{s.Gateway, s.Worker, s.Notifier} {
		for text := range strings.Lines(r.Log()) {
			var line map[string]any
			require.NoError(t, json.Unmarshal([]byte(text), &line), text)
			require.Equal(t, r.Command, line["role"], text)
			for _, word := range personal {
				require.NotContains(t, text, word)
			}
			for id, trace := range traces {
				if !strings.Contains(text, id) {
					continue
				}
				require.Equal(t, id, line["order_id"], text)
				if line["level"] == "DEBUG" {
					continue // of Temporal's SDK, which knows no trace
				}
				require.Len(t, line["trace_id"], 32, text)
				if r != s.Gateway { // where each request is a trace
					require.Equal(t, trace, line["trace_id"], text)
				}
				about[r.Command+": "+line["msg"].(string)] = id
			}
		}
	}
	require.Contains(t, about, "api: request")
	require.Equal(t, string(refused), about["worker: an activity failed"])
	require.Equal(t, string(unmailed), about["notifier: an event is dead"])
	require.Equal(t, string(unmailed), about["notifier: a dead letter waits for somebody"])
}
