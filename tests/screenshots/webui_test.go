// Package screenshots_test takes the pictures of the Temporal Web UI in the
// documentation, of real orders.
package screenshots_test

import (
	"context"
	"flag"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/order"
	"makegood/tests/browser"
	"makegood/tests/harness"
)

func TestMain(m *testing.M) { os.Exit(harness.Main(m)) }

var update = flag.Bool("update", false, "take the pictures of docs/img anew")

// The pictures of docs/web-ui.md: each page must show what the text says that
// it shows.
func TestScreenshotsOfTheWebUI(t *testing.T) {
	if !*update && os.Getenv("MAKEGOOD_LONG") == "" {
		t.Skip("make screenshots takes them, MAKEGOOD_LONG=1 tries it")
	}
	to := t.ArtifactDir()
	if *update {
		to = filepath.Join("..", "..", "docs", "img")
	}
	s := harness.New(t, harness.WebUI(), harness.Setting("ADMISSION", "off"))
	_, err := s.API.SetStock(t.Context(), "MUG-BLUE", 100, "", "")
	require.NoError(t, err)
	shipped := place(t, s, order.Completed, "cus_42", func(*order.Request) {})
	place(t, s, order.Rejected, "cus_43", func(r *order.Request) { r.Lines[0].SKU = "LAMP-RED" })
	attention := place(t, s, order.NeedsAttention, "cus_44", func(r *order.Request) {
		r.PaymentMethod, r.ShippingAddress.PostalCode = "pm_sim_refuse_undo", "00000"
	})
	compensating := place(t, s, order.Compensating, "cus_45", func(r *order.Request) {
		r.PaymentMethod, r.ShippingAddress.PostalCode = "pm_sim_fail_undo_always", "00000"
	})

	workflows := s.TemporalServer.UIURL + "/namespaces/" + s.Namespace + "/workflows"
	tab := func(id order.ID, name string) string {
		t.Helper()
		described, err := s.Temporal.DescribeWorkflowExecution(t.Context(), string(id), "")
		require.NoError(t, err)
		return fmt.Sprintf("%s/%s/%s/%s", workflows, id, described.GetWorkflowExecutionInfo().GetExecution().GetRunId(), name)
	}
	p := browser.Open(t)
	p.Forgive()
	p.Go(workflows)
	browser.Eval[any](p, fmt.Sprintf(`localStorage.setItem("namespace-workflow-table-columns", %q)`, fmt.Sprintf(
		`{%q:[{"label":"Status"},{"label":"Workflow ID"},{"label":"SagaStatus"},{"label":"SagaReason"},{"label":"CustomerId"},{"label":"OrderTotal"},{"label":"OrderSku"}]}`, s.Namespace)))
	for _, picture := range []struct {
		file, url string
		height    int64
		shows     []string
	}{
		{
			"web-ui-list.png", workflows + "?query=" + url.QueryEscape("WorkflowType = 'Order'"), 560,
			[]string{string(shipped), string(compensating), "needs_attention", "out_of_stock", "cus_45", "2500", "LAMP-RED"},
		},
		{
			"web-ui-shipped.png", tab(shipped, "user-metadata"), 930,
			[]string{"25.00 EUR for cus_42: 2 × MUG-BLUE", "2 × MUG-BLUE at 12.50 EUR", "completed: the parcel is out", "order.completed", "announce order.placed to order.completed"},
		},
		{
			"web-ui-compensating.png", tab(compensating, "history"), 1240,
			[]string{"Attempt", "pay back 25.00 EUR (undeliverable), until it succeeds", "give back 2 × MUG-BLUE (undeliverable), until it succeeds", "refund needs attention after"},
		},
		{
			"web-ui-needs-attention.png", tab(attention, "user-metadata"), 1260,
			[]string{"needs_attention (undeliverable): next is refund", "Error: refund intent", "makegood order settle", "order.needs_attention", "until it succeeds or a person settles it"},
		},
	} {
		p.As(browser.Look{Name: picture.file, Width: 1400, Height: picture.height})
		p.Go(picture.url)
		for _, text := range picture.shows {
			p.Await(fmt.Sprintf(`(%s).includes(%q)`, allText, text))
		}
		p.Shoot(filepath.Join(to, picture.file))
	}
}

// allText is what the page and its frames show, in one line.
const allText = `[document, ...[...document.querySelectorAll("iframe")].map(f => f.contentDocument)].
	map(d => d?.body?.innerText ?? "").join(" ").replace(/\s+/g, " ")`

// place places an order and waits until it is where it is looked at.
func place(t *testing.T, s *harness.System, until order.Status, customer string, change func(*order.Request)) order.ID {
	t.Helper()
	request := harness.Sample()
	request.CustomerID = customer
	change(&request)
	placed, err := s.API.Place(t.Context(), request, customer, 10*time.Second)
	require.NoError(t, err)
	harness.Eventually(t, func(ctx context.Context) error {
		found, err := s.Listed(ctx, fmt.Sprintf("CustomerId = '%s' AND SagaStatus = '%s'", customer, until))
		if err == nil && len(found) != 1 {
			err = fmt.Errorf("the order of %s is not yet listed as %s", customer, until)
		}
		return err
	})
	return placed.ID
}
