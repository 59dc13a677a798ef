package console_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"makegood/order"
	"makegood/tests/browser"
	"makegood/tests/harness"
)

// Nothing is reloaded by hand: the list shows the order, then how it stands.
func TestAnOrderShowsUpLive(t *testing.T) {
	d := open(t)
	d.Go(d.URL + "/")
	d.See("#pulse", "live")
	d.See("#live", "No orders yet")
	requireFit(t, d, "the empty list")
	id := d.place()
	d.See(row(id), "completed")
	d.See("#count-completed", "1")

	d.Click("#" + string(id))
	d.See("h1", string(id))
	for _, text := range []string{"order.placed", "payment.charged", "stock.reserved", "shipment.scheduled", "order.completed"} {
		d.See(".timeline", text)
	}
	d.See("#live", "Receipt")
	d.See("#live", "sent")
	requireFit(t, d, "a shipped order")

	stuck := d.place(stuckPayment)
	d.Go(d.URL + "/console/orders/" + string(stuck))
	d.See(".deed.trying", "failed attempt")
	d.Click("#do-cancel")
	d.See("h1", "Cancel this order?")
	d.Click("#confirm")
	d.See(".said", "The cancel is recorded")
	d.See(".standing", "cancelled")
	d.await(stuck, order.Cancelled)
	d.RequireSound(t)
}

func row(id order.ID) string { return fmt.Sprintf(`[data-row="%s"]`, id) }

// requireFit holds the page against axe-core, and against the phone's width.
func requireFit(t *testing.T, d *desk, page string) {
	t.Helper()
	looks := []browser.Look{browser.Light, browser.Night}
	if long {
		looks = []browser.Look{browser.Light, browser.Dark, browser.Phone, browser.Night}
	}
	for _, look := range looks {
		d.As(look)
		require.Empty(t, d.Inaccessible(), "%s, %s", page, look.Name)
		require.True(t, d.Fits(), "%s, %s: it is wider than the screen", page, look.Name)
	}
	d.As(browser.Light)
}

func TestAnOperatorsDay(t *testing.T) {
	if !long {
		t.Skip("MAKEGOOD_LONG is not set")
	}
	d := open(t)
	waits, retried, dead, shipped := d.place(refusedRefund), d.place(refusedRefund), d.place(refusedMail), d.place()
	d.await(waits, order.NeedsAttention)
	d.await(retried, order.NeedsAttention)
	d.await(shipped, order.Completed)
	letter := d.letter(dead)

	t.Run("an order that waits is found, and settled by hand", func(t *testing.T) {
		d.Go(d.URL + "/")
		d.See("#count-needs_attention", "2")
		d.Click("#count-needs_attention")
		d.See(row(waits), "needs attention")
		requireFit(t, d, "orders that need attention")
		d.Click("#" + string(waits))
		d.See(".deed.waits", "refund")
		requireFit(t, d, "an order that needs attention")
		d.Click("#do-settle")
		d.See("h1", "Declare refund made good by hand?")
		requireFit(t, d, "settle")
		d.Type("#by", "ada")
		d.Type("#note", "paid back by bank transfer")
		d.Type("#reference", "TX-2026-118")
		d.Press(kb.Enter)
		d.See(".timeline", "refund by hand of ada: paid back by bank transfer (TX-2026-118)")
		d.await(waits, order.Rejected)
		d.See(".sum dd", "0.00 EUR")
	})
	t.Run("what was mended is tried again", func(t *testing.T) {
		require.NoError(t, d.EndFault(t.Context(), retried))
		d.Go(d.URL + "/console/orders/" + string(retried) + "/retry")
		d.Click("#confirm")
		d.See(".standing", "rejected")
		d.See(".timeline", "payment.refunded")
	})
	t.Run("what is no longer possible is refused with words", func(t *testing.T) {
		d.Go(d.URL + "/console/orders/" + string(shipped) + "/cancel")
		d.Click("#confirm")
		d.See(".problem", "The carrier has the parcel")
		requireFit(t, d, "a refusal")
		d.Wrong() // the browser logs the status 409
		d.Go(d.URL + "/console/orders/ord_aaaaaaaaaaaaaaaaaaaaaaaaaa")
		d.See("#live", "no such order")
		requireFit(t, d, "no such order")
		d.Wrong()
	})
	t.Run("a dead letter is given back", func(t *testing.T) {
		require.NoError(t, d.EndRefusal(t.Context(), "refuse+ada@example.com"))
		d.Go(d.URL + "/console/orders/" + string(dead))
		d.See("#live", "dead")
		d.Go(d.URL + "/console/dead-letters")
		d.See(".rows", "No such mailbox")
		requireFit(t, d, "dead letters")
		d.Click(`[data-row="` + letter + `"] a`)
		d.See("h1", "order.completed for email")
		requireFit(t, d, "a dead letter")
		d.Click("#do-redrive")
		d.Click("#confirm")
		d.See(".standing", "redriven")
		d.Go(d.URL + "/console/dead-letters")
		d.See("#live", "No dead letters.")
		requireFit(t, d, "no dead letters")
		harness.Eventually(t, func(ctx context.Context) error {
			books, err := d.Books(ctx)
			if err == nil && len(books.Of(dead).Mails) != 1 {
				err = fmt.Errorf("%d mails", len(books.Of(dead).Mails))
			}
			return err
		})
	})
	t.Run("orders are searched and paged", func(t *testing.T) {
		for i := range 30 {
			d.place(func(r *order.Request) { r.CustomerID = fmt.Sprintf("cus_%d", i%2) })
		}
		d.Go(d.URL + "/")
		d.See("#count-all", "34")
		d.Click("#older")
		d.See("#live", "← Newest")
		d.See(row(shipped), "completed")
		d.Type("#q", "cus_1"+kb.Enter)
		d.Await(`location.search === "?q=cus_1" && document.querySelectorAll("[data-row]").length === 15`)
		d.Go(d.URL + "/")
		d.Type("#q", string(shipped)+kb.Enter)
		d.See("h1", string(shipped))
	})
	t.Run("stock and system", func(t *testing.T) {
		d.Go(d.URL + "/console/stock")
		d.See(`[data-row="LAMP-DESK"]`, "sold out")
		requireFit(t, d, "stock")
		d.Go(d.URL + "/console/stock?sku=NO-SUCH")
		d.See("#live", "NO-SUCH was never in stock")
		requireFit(t, d, "a SKU that is not")
		d.Go(d.URL + "/console/system")
		d.See("#live", "ready")
		d.See("#live", "stripe")
		d.See("#live", "Orders looked at")
		requireFit(t, d, "system")
	})
	t.Run("everything is reached by keyboard", func(t *testing.T) {
		d.Go(d.URL + "/")
		d.Press(kb.Tab)
		require.Equal(t, "Skip to the content", browser.Eval[string](d.Page, `document.activeElement.innerText`))
		d.Press(kb.Enter, kb.Tab, kb.Tab, kb.Tab)
		require.Equal(t, "count-all", browser.Eval[string](d.Page, `document.activeElement.id`))
		d.place()
		began := time.Now()
		d.See("#count-all", "35") // by then the list was shown anew
		require.Less(t, time.Since(began), 15*time.Second, "the stream of events did it, not the 20 s")
		require.Equal(t, "count-all", browser.Eval[string](d.Page, `document.activeElement.id`), "what has the focus keeps it")
	})
	t.Run("of many tabs the one that is looked at is live", func(t *testing.T) {
		d.Go(d.URL + "/")
		d.See("#pulse", "live")
		require.Equal(t, 8, browser.Eval[int](d.Page, `(window.tabs = Array.from({length: 8}, () => window.open("/"))).length`))
		d.Await(`tabs.at(-1).document.getElementById("pulse")?.dataset.state === "live"`)
		browser.Eval[any](d.Page, `tabs.forEach((tab) => tab.close())`)
		d.Await(`!document.hidden`)
	})
	d.RequireSound(t)
}

// The pages say what is wrong, and come back by themselves.
func TestPagesOutlastTheServers(t *testing.T) {
	if !long {
		t.Skip("MAKEGOOD_LONG is not set")
	}
	d := open(t)
	id := d.place()
	d.await(id, order.Completed)
	d.Go(d.URL + "/")
	d.See(row(id), "completed")
	d.See("#pulse", "live")
	d.ToTemporal.Cut()
	d.Go(d.URL + "/")
	d.See("h1", "A server that the gateway needs doesn't answer")
	requireFit(t, d, "Temporal is away")
	d.ToTemporal.Mend(t.Context())
	d.See("h1", "Orders")
	d.See(row(id), "completed")
	d.See("#pulse", "live")

	require.NoError(t, d.Gateway.Kill())
	d.See("#pulse", "trying again")
	require.NoError(t, d.Gateway.Restart(t.Context()))
	d.See("#pulse", "live")
	next := d.place()
	d.See(row(next), "completed")

	d.ToRabbitMQ.Cut()
	d.Go(d.URL + "/console/system")
	d.See("#live", "No answer about: consumers")
	requireFit(t, d, "the broker is away")
	d.ToRabbitMQ.Mend(t.Context())
	d.See("#live", "ready")
	require.NoError(t, d.Gateway.Kill())
	d.See("#pulse", "no answer")
	require.NoError(t, d.Gateway.Restart(t.Context()))
	d.See("#pulse", "refreshed every 5 s")
	d.Wrong() // it logs each answer that is an error
	d.RequireSound(t)
}
