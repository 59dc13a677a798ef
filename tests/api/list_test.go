package api_test

import (
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"golang.org/x/sync/errgroup"

	"makegood/api"
	"makegood/order"
	"makegood/tests/harness"
	"makegood/workflows"
)

// start puts an order into Temporal without the gateway.
func (s *shop) start(key, customer string) error {
	o := order.Order{ID: order.IDFromKey(key), PlacedAt: time.Now().UTC(), Request: order.Request{CustomerID: customer, Currency: "EUR"}}
	_, err := s.temporal.ExecuteWorkflow(s.Context(), workflows.StartOptions(o), workflows.OrderWorkflow, o)
	return err
}

// pages reads the list to its end.
func (s *shop) pages(query string, limit int) []api.OrderSummary {
	s.Helper()
	var all []api.OrderSummary
	for cursor, page := "", 0; ; page++ {
		require.Less(s, page, 50, "the list has no end")
		a := s.call(http.MethodGet, "/v1/orders?"+query+"&limit="+strconv.Itoa(limit)+"&cursor="+cursor, "")
		require.Equal(s, http.StatusOK, a.code, a.text)
		require.LessOrEqual(s, len(a.Items), limit)
		all = append(all, a.Items...)
		if cursor = a.NextCursor; cursor == "" {
			return all
		}
	}
}

func TestTheListShowsAnOrderWithoutAWorker(t *testing.T) {
	s := open(t)
	placed := s.place("k1")
	harness.Holds(s, "the order is listed", func() bool { return len(s.pages("", 50)) == 1 })
	got := s.pages("status=placed&customer_id=cus_42", 50)[0]
	require.WithinDuration(t, time.Now(), got.CreatedAt, time.Minute)
	got.CreatedAt = time.Time{}
	require.Equal(t, api.OrderSummary{ID: placed.ID, Status: order.Placed, CustomerID: "cus_42", Currency: "EUR", Total: 2500}, got)
	require.Empty(t, s.pages("status=completed", 50))
	require.Empty(t, s.pages("customer_id=cus_4", 50))
}

func TestTheListSaysHowOrdersEnded(t *testing.T) {
	s := open(t)
	s.work(&providers{declines: true})
	id := s.place("k1", "Prefer", "wait=20").ID
	harness.Holds(s, "the rejected order is listed", func() bool { return len(s.pages("status=rejected", 50)) == 1 })
	got := s.pages("status=rejected", 50)[0]
	require.Equal(t, id, got.ID)
	require.Equal(t, order.PaymentDeclined, *got.Reason)
}

func TestACustomersNameIsNeverPartOfTheQuery(t *testing.T) {
	s := open(t)
	odd := []string{`O'Hara`, `x' OR '1'='1`, `x' OR CustomerId != 'y`, `%`, `ä ☃`, `--`, "`tick`"}
	for _, customer := range odd {
		require.NoError(t, s.start(customer, customer))
	}
	harness.Holds(s, "all are listed", func() bool { return len(s.pages("", 50)) == len(odd) })
	for _, customer := range odd {
		found := s.pages("customer_id="+url.QueryEscape(customer), 50)
		require.Len(t, found, 1, customer)
		require.Equal(t, customer, found[0].CustomerID)
	}
	for _, customer := range []string{`back\slash`, `\' OR 1=1`, `"double"`, "a\nb", `'`, `x' OR CustomerId != '`} {
		refused := s.call(http.MethodGet, "/v1/orders?customer_id="+url.QueryEscape(customer), "")
		require.Equal(t, http.StatusUnprocessableEntity, refused.code)
		require.Equal(t, "customer_id", refused.problem.Errors[0].Field)
	}
}

func TestPagesOfOrdersThatCloseSoonAreNewestFirstToo(t *testing.T) {
	s := open(t)
	const orders = 300
	var placing errgroup.Group
	placing.SetLimit(8)
	for i := range orders {
		placing.Go(func() error {
			key := strconv.Itoa(i)
			if err := s.start(key, "cus_1"); err != nil {
				return err
			}
			return s.temporal.TerminateWorkflow(t.Context(), string(order.IDFromKey(key)), "", "test")
		})
	}
	require.NoError(t, placing.Wait())
	closed := "WorkflowType = 'Order' AND ExecutionStatus = 'Terminated'"
	harness.Holds(s, "visibility has seen all of them", func() bool {
		counted, err := s.temporal.CountWorkflow(t.Context(), &workflowservice.CountWorkflowExecutionsRequest{Query: closed})
		return err == nil && counted.GetCount() == orders
	})
	for _, limit := range []int{10, 50, 100} {
		all := s.pages("", limit)
		require.Len(t, all, orders)
		seen := map[order.ID]bool{}
		for i, o := range all {
			require.False(t, seen[o.ID], "an order came twice")
			seen[o.ID] = true
			require.False(t, i > 0 && o.CreatedAt.After(all[i-1].CreatedAt), "order %d is newer than the one before it", i)
		}
	}
}

// Visibility lists by the time of closing; orders here close in another order
// than they were placed in, and while the pages are read.
func TestPagesAreNewestFirstHoweverManyThereAreAndWheneverTheyClose(t *testing.T) {
	s := open(t)
	const orders = 650
	var starts errgroup.Group
	starts.SetLimit(16)
	for i := range orders {
		starts.Go(func() error { return s.start(strconv.Itoa(i), "cus_1") })
	}
	require.NoError(t, starts.Wait())
	closed := 0
	end := func() { // some 20 more, from all over
		for last := closed + 20; closed < last; closed++ {
			id := string(order.IDFromKey(strconv.Itoa(closed * 47 % orders))) // 47 and 650 share no factor
			require.NoError(t, s.temporal.TerminateWorkflow(t.Context(), id, "", "test"))
		}
	}
	end()
	harness.Holds(s, "all are listed", func() bool { return len(s.pages("", 100)) == orders })
	var all []api.OrderSummary
	for cursor := ""; ; end() {
		a := s.call(http.MethodGet, "/v1/orders?limit=100&cursor="+cursor, "")
		all = append(all, a.Items...)
		if cursor = a.NextCursor; cursor == "" || len(all) > orders {
			break
		}
	}
	require.Len(t, all, orders)
	seen := map[order.ID]bool{}
	for i, o := range all {
		require.False(t, seen[o.ID], "an order came twice")
		seen[o.ID] = true
		if i > 0 {
			require.False(t, o.CreatedAt.After(all[i-1].CreatedAt), "order %d is newer than the one before it", i)
		}
	}

	// Among many that were terminated, one page looks at some alone.
	for closed+20 <= orders {
		end()
	}
	terminated := "WorkflowType = 'Order' AND ExecutionStatus = 'Terminated'"
	harness.Holds(s, "visibility has seen all of that", func() bool {
		counted, err := s.temporal.CountWorkflow(t.Context(), &workflowservice.CountWorkflowExecutionsRequest{Query: terminated})
		return err == nil && counted.GetCount() == int64(closed)
	})
	first := s.call(http.MethodGet, "/v1/orders?status=completed", "")
	require.Empty(t, first.Items)
	require.NotEmpty(t, first.NextCursor, "it looked at all of them")
	require.Empty(t, s.pages("status=completed", 100))
	require.Len(t, s.pages("status=placed", 100), orders, "whose unwinding has not begun")
}
