// Package console_test uses the console as an operator does, in a real browser
// over a whole system.
package console_test

import (
	"context"
	"crypto/rand"
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/api/client"
	"makegood/order"
	"makegood/tests/browser"
	"makegood/tests/harness"
)

var (
	long  = os.Getenv("MAKEGOOD_LONG") != ""
	shots = flag.String("shots", "", "take the pictures of the docs into this folder")
)

func TestMain(m *testing.M) { os.Exit(harness.Main(m)) }

// desk is an operator at a browser, with a shop to look after.
type desk struct {
	*browser.Page
	*harness.System
	t *testing.T
}

func open(t *testing.T, options ...harness.Option) *desk {
	options = append(options, harness.Setting("ATTENTION_AFTER", "1s"), harness.Setting("AUDIT_EVERY", "5s"), harness.Setting("WEB_UI_URL", "http://127.0.0.1:8233"))
	d := &desk{System: harness.New(t, options...), t: t}
	for sku, units := range map[string]int64{"MUG-BLUE": 240, "MUG-RED": 75, "TEAPOT-2L": 12, "LAMP-DESK": 0} {
		_, err := d.API.SetStock(t.Context(), sku, units, "", "")
		require.NoError(t, err)
	}
	d.Page = browser.Open(t)
	return d
}

// place places an order that change makes differ from the sample.
func (d *desk) place(change ...func(*order.Request)) order.ID {
	d.t.Helper()
	request := harness.Sample()
	for _, c := range change {
		c(&request)
	}
	key := rand.Text()
	var placed client.Placed
	require.NoError(d.t, harness.Insist(d.t.Context(), func() (err error) {
		placed, err = d.API.Place(d.t.Context(), request, key, 0)
		return err
	}))
	return placed.ID
}

// await waits until the order has the status.
func (d *desk) await(id order.ID, status order.Status) {
	d.t.Helper()
	harness.Eventually(d.t, func(ctx context.Context) error {
		o, err := d.API.Get(ctx, id)
		if err == nil && o.Status != status {
			err = fmt.Errorf("order %s is %s", id, o.Status)
		}
		return err
	})
}

// letter waits for the order's dead letter.
func (d *desk) letter(id order.ID) string {
	d.t.Helper()
	var letter string
	harness.Eventually(d.t, func(ctx context.Context) error {
		page, err := d.API.ListDeadLetters(ctx, client.LetterFilter{OrderID: id}, "", "", 0)
		if err == nil && len(page.Items) == 0 {
			err = fmt.Errorf("no dead letter")
		}
		if err == nil {
			letter = page.Items[0].ID
		}
		return err
	})
	return letter
}

func stuckPayment(r *order.Request) { r.PaymentMethod = "pm_sim_fail_always" }

func refusedRefund(r *order.Request) {
	r.PaymentMethod, r.ShippingAddress.PostalCode = "pm_sim_refuse_undo", "00000"
}

func undeliverable(r *order.Request) { r.ShippingAddress.PostalCode = "00000" }

func declined(r *order.Request) { r.PaymentMethod = "pm_card_chargeDeclined" }

func refusedMail(r *order.Request) { r.Email = "refuse+ada@example.com" }
