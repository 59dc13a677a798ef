package e2e_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/order"
	"makegood/tests/harness"
)

// scenario is one way that an order goes, and all that it must leave behind.
type scenario struct {
	// history is what its recorded history is called.
	history string
	change  func(*order.Request)
	cancel  bool // once the stock is reserved

	status   order.Status
	reason   order.Reason
	events   string
	mails    []string // the beginnings of their subjects
	taken    int64
	returned int64
	parcels  int
	sold     int64 // units that left the stock
}

// Every order asks for 2 units at 1250 of a SKU of its own, of which there
// were 10.
const onHand = 10

var scenarios = map[string]scenario{
	"an order ships": {
		history: "shipped", change: func(*order.Request) {},
		status: order.Completed,
		events: "order.placed payment.charged stock.reserved shipment.scheduled order.completed",
		mails:  []string{receipt}, taken: 2500, parcels: 1, sold: 2,
	},
	"a declined card takes nothing": {
		history: "declined", change: func(r *order.Request) { r.PaymentMethod = "pm_card_chargeDeclined" },
		status: order.Rejected, reason: order.PaymentDeclined,
		events: "order.placed payment.declined order.rejected",
		mails:  []string{regret},
	},
	"an order that is sold out gets its money back": {
		history: "sold-out", change: func(r *order.Request) { r.Lines[0].Quantity, r.Lines[0].UnitPrice = 25, 100 },
		status: order.Rejected, reason: order.OutOfStock,
		events: "order.placed payment.charged stock.rejected payment.refunded order.rejected",
		mails:  []string{refund, regret}, taken: 2500, returned: 2500,
	},
	"an undeliverable order gives back stock and money": {
		history: "undeliverable", change: func(r *order.Request) { r.ShippingAddress.PostalCode = "00000" },
		status: order.Rejected, reason: order.Undeliverable,
		events: "order.placed payment.charged stock.reserved shipment.rejected stock.released payment.refunded order.rejected",
		mails:  []string{refund, regret}, taken: 2500, returned: 2500,
	},
	"a cancelled order gives back stock and money": {
		history: "cancelled", change: func(r *order.Request) { r.ShippingAddress.Line1 = "sim:slow_5000" }, cancel: true,
		status: order.Cancelled, reason: order.CancelledByShop,
		events: "order.placed payment.charged stock.reserved stock.released payment.refunded order.cancelled",
		mails:  []string{refund}, taken: 2500, returned: 2500,
	},
}

func TestScenarios(t *testing.T) {
	t.Parallel()
	s := harness.New(t, harness.Setting("ADMISSION", "off"))
	for name, c := range scenarios {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := place(t, s, c)
			if c.cancel {
				cancelOnceReserved(t, s, o.ID)
			}
			history := s.Closed(t, o.ID)
			c.check(t, s, o)
			checkHistory(t, history)
			if c.status == order.Completed {
				checkHappyHistory(t, history)
			}
			harness.Record(t, c.history, history)
		})
	}
}

// placed is an order that a test has placed.
type placed struct {
	order.Request
	ID order.ID
}

// place places the scenario's order for a SKU and a customer of its own.
func place(t *testing.T, s *harness.System, c scenario) placed {
	t.Helper()
	return placeAs(t, s, c, c.history)
}

func placeAs(t *testing.T, s *harness.System, c scenario, name string) placed {
	t.Helper()
	name = strings.ReplaceAll(name, " ", "-")
	request := harness.Sample()
	request.Lines[0].SKU, request.CustomerID = "SKU-"+name, "cus_"+name
	c.change(&request)
	_, err := s.API.SetStock(t.Context(), request.Lines[0].SKU, onHand, "", "stock of "+name)
	require.NoError(t, err)
	answer := post(t, s, request, "order of "+name, 0)
	require.Equal(t, http.StatusAccepted, answer.status, answer.body)
	return placed{Request: request, ID: answer.id(t)}
}

// cancelOnceReserved cancels while the carrier takes its time.
func cancelOnceReserved(t *testing.T, s *harness.System, id order.ID) {
	t.Helper()
	harness.Eventually(t, func(ctx context.Context) error {
		o, err := s.API.Get(ctx, id)
		if err == nil && o.Status != order.Reserved {
			err = fmt.Errorf("order %s is %s", id, o.Status)
		}
		return err
	})
	cancel(t, s, id)
}

// cancel asks for it and wants it recorded within 2 seconds.
func cancel(t *testing.T, s *harness.System, id order.ID) {
	t.Helper()
	began := time.Now()
	answer := do(t, s, http.MethodPost, "/v1/orders/"+string(id)+"/cancel", nil, nil)
	require.Equal(t, http.StatusAccepted, answer.status, answer.body)
	require.Less(t, time.Since(began), 2*time.Second)
}
