package notify_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/api/client"
	"makegood/order"
	"makegood/tests/harness"
)

// trade has orders placed at an even pace, whatever becomes of them.
type trade struct {
	*harness.System
	name    string // part of each order's key
	cancel  context.CancelFunc
	running sync.WaitGroup

	mu    sync.Mutex
	sales []sale
	err   error // the first
}

// sale is an order that was answered.
type sale struct {
	id    order.ID
	ships bool
	began time.Time
	took  time.Duration // until its status was final
}

const (
	// every is the pause between two orders: two cores have to spare at that
	// pace, so that no order waits for anything but what the test takes away.
	every = 160 * time.Millisecond
	// atOnce bounds the orders that are not answered yet. A machine that has no
	// core to spare takes fewer orders then, and fails none.
	atOnce = 8
)

// newTrade begins to place orders; they end with the test, or with stop.
func newTrade(t *testing.T, s *harness.System) *trade {
	t.Helper()
	_, err := s.API.SetStock(t.Context(), harness.Sample().Lines[0].SKU, 100_000, "", "")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	tr := &trade{System: s, name: rand.Text(), cancel: cancel}
	open := make(chan struct{}, atOnce)
	tr.running.Go(func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for i := 0; ; i++ {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			select {
			case <-ctx.Done():
				return
			case open <- struct{}{}:
			}
			tr.running.Go(func() {
				defer func() { <-open }()
				tr.place(context.WithoutCancel(ctx), i)
			})
		}
	})
	t.Cleanup(func() {
		cancel()
		tr.running.Wait()
	})
	return tr
}

// place places one order: of ten, eight ship, one is declined and one can't be
// delivered.
func (tr *trade) place(ctx context.Context, i int) {
	request := harness.Sample()
	request.CustomerID = fmt.Sprintf("cus_%s_%d", tr.name, i)
	want := order.Completed
	switch i % 10 {
	case 3:
		request.PaymentMethod, want = "pm_card_chargeDeclined", order.Rejected
	case 7:
		request.ShippingAddress.PostalCode, want = "00000", order.Rejected
	}
	one := sale{ships: want == order.Completed, began: time.Now()}
	var placed client.Placed
	err := harness.Await(ctx, time.Minute, func(ctx context.Context) (err error) {
		placed, err = tr.API.Place(ctx, request, request.CustomerID, 30*time.Second)
		return err
	})
	one.id, one.took = placed.ID, time.Since(one.began)
	if err == nil && placed.Status != want {
		err = fmt.Errorf("order %s is %s after %s, not %s", placed.ID, placed.Status, one.took, want)
	}
	tr.mu.Lock()
	defer tr.mu.Unlock()
	if err != nil && tr.err == nil {
		tr.err = err
	}
	tr.sales = append(tr.sales, one)
}

// more waits until n more orders have been answered.
func (tr *trade) more(t *testing.T, n int) {
	t.Helper()
	n += len(tr.all(t))
	require.NoError(t, harness.Await(t.Context(), 5*time.Minute, func(context.Context) error {
		if answered := len(tr.all(t)); answered < n {
			return fmt.Errorf("%d of %d orders were answered", answered, n)
		}
		return nil
	}))
}

// phase returns the orders that were answered while what happened.
func (tr *trade) phase(t *testing.T, what func()) []sale {
	t.Helper()
	from := len(tr.all(t))
	what()
	return tr.all(t)[from:]
}

// stop places no more and returns what was placed.
func (tr *trade) stop(t *testing.T) []sale {
	t.Helper()
	tr.cancel()
	tr.running.Wait()
	return tr.all(t)
}

func (tr *trade) all(t *testing.T) []sale {
	t.Helper()
	tr.mu.Lock()
	defer tr.mu.Unlock()
	require.NoError(t, tr.err)
	return append([]sale(nil), tr.sales...)
}
