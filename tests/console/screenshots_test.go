package console_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/order"
	"makegood/tests/browser"
)

// picture is one of the docs: a page as somebody looks at it, once it shows
// the text.
type picture struct {
	file, path string
	as         browser.Look
	shows      string
}

// TestScreenshots takes the pictures of docs/img: make screenshots.
func TestScreenshots(t *testing.T) {
	if *shots == "" {
		t.Skip("make screenshots takes the pictures")
	}
	d := open(t)
	for i, customer := range []string{"cus_17", "cus_42", "cus_8", "cus_42", "cus_23"} {
		d.place(func(r *order.Request) {
			r.CustomerID = customer
			r.Lines = append(r.Lines, order.Line{SKU: "TEAPOT-2L", Quantity: 1, UnitPrice: 4900 + int64(i)*100})
		})
	}
	as := func(customer string, change ...func(*order.Request)) order.ID {
		return d.place(append(change, func(r *order.Request) { r.CustomerID = customer })...)
	}
	as("cus_51", declined)
	as("cus_31", refusedMail)
	stuck := as("cus_9", stuckPayment)
	undone := as("cus_77", undeliverable)
	waits := as("cus_23", refusedRefund)
	shipped := as("cus_42")
	d.await(shipped, order.Completed)
	d.await(undone, order.Rejected)
	d.await(waits, order.NeedsAttention)
	narrow := browser.Look{Name: "narrow", Width: 1180, Height: 760}
	dark := narrow
	dark.Dark = true
	d.Wrong()
	for _, p := range []picture{
		{"console-orders.png", "/", narrow, "needs attention"},
		{"console-orders-phone.png", "/", browser.Phone, "needs attention"},
		{"console-undone.png", "/console/orders/" + string(undone), narrow, "Apology"},
		{"console-attention.png", "/console/orders/" + string(waits), dark, "refund waits for a person"},
		{"console-stuck.png", "/console/orders/" + string(stuck), narrow, "failed attempts"},
		{"console-system.png", "/console/system", dark, "Orders looked at"},
	} {
		d.As(p.as)
		d.Go(d.URL + p.path)
		d.See("main", p.shows)
		require.Empty(t, d.Inaccessible(), p.file)
		d.Shoot(filepath.Join(*shots, p.file))
	}
}
