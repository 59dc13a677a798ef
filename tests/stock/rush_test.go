package stock_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/api/client"
	"makegood/order"
	"makegood/tests/harness"
)

// rush is clients who buy one unit after the other until all are sold.
type rush struct {
	*harness.System
	sku   string
	units int

	mu     sync.Mutex
	orders map[order.ID]bought
}

// bought is when an order was first asked for, and when its client heard that
// it had ended: never, if it had not within the client's patience.
type bought struct {
	began, ended time.Time
	status       order.Status
}

func newRush(t *testing.T, s *harness.System, units int) *rush {
	t.Helper()
	r := &rush{System: s, sku: harness.Sample().Lines[0].SKU, units: units, orders: map[order.ID]bought{}}
	_, err := s.API.SetStock(t.Context(), r.sku, int64(units), "", "")
	require.NoError(t, err)
	return r
}

// client places orders until the gateway refuses one. Every fifth can't be
// delivered, and gives back what it held.
func (r *rush) client(ctx context.Context, c int) error {
	for n := 0; ; n++ {
		request := harness.Sample()
		if n%5 == 4 {
			request.ShippingAddress.PostalCode = "00000"
		}
		soldOut, err := r.buy(ctx, request, fmt.Sprintf("client %d, order %d", c, n))
		if soldOut || err != nil {
			return err
		}
	}
}

// buy asks for one unit under the same key until it has an answer.
func (r *rush) buy(ctx context.Context, request order.Request, key string) (soldOut bool, err error) {
	request.Lines[0].Quantity = 1
	b := bought{began: time.Now()}
	err = harness.Await(ctx, 2*time.Minute, func(ctx context.Context) error {
		placed, err := r.API.Place(ctx, request, key, patience)
		if p := (*client.Problem)(nil); errors.As(err, &p) && p.Status == http.StatusConflict {
			soldOut = true
			return nil
		}
		if err != nil {
			return err
		}
		if b.status = placed.Status; b.status.Final() {
			b.ended = time.Now()
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.orders[placed.ID] = b
		return nil
	})
	return soldOut, err
}

// stuck places orders whose parcels the carrier does not take until their fault
// ends, and returns once each holds its unit.
func (r *rush) stuck(t *testing.T, n int) []order.ID {
	t.Helper()
	ids := make([]order.ID, n)
	for i := range ids {
		request := harness.Sample()
		request.Lines[0].Quantity = 1
		request.ShippingAddress.Line1 = "sim:slow_3600000"
		began := time.Now()
		placed, err := r.API.Place(t.Context(), request, fmt.Sprint("stuck ", i), 0)
		require.NoError(t, err)
		ids[i] = placed.ID
		r.mu.Lock()
		r.orders[placed.ID] = bought{began: began}
		r.mu.Unlock()
	}
	for _, id := range ids {
		reserved(t, r.System, id)
	}
	return ids
}

// all is every order that was taken so far.
func (r *rush) all() []order.ID {
	r.mu.Lock()
	defer r.mu.Unlock()
	ids := make([]order.ID, 0, len(r.orders))
	for id := range r.orders {
		ids = append(ids, id)
	}
	return ids
}

func (r *rush) bought(id order.ID) (bought, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	b, known := r.orders[id]
	return b, known
}

// until waits until so many orders were taken.
func (r *rush) until(t *testing.T, n int) {
	t.Helper()
	harness.Eventually(t, func(context.Context) error {
		if is := len(r.all()); is < n {
			return fmt.Errorf("%d orders were taken, not yet %d", is, n)
		}
		return nil
	})
}

// within is the orders that were shipped from first to last between the two.
func (r *rush) within(from, to time.Time) []order.ID {
	r.mu.Lock()
	defer r.mu.Unlock()
	var ids []order.ID
	for id, b := range r.orders {
		if b.status == order.Completed && b.began.After(from) && b.ended.Before(to) {
			ids = append(ids, id)
		}
	}
	return ids
}

// atRest waits until every order has ended, or has shipped and needs a person
// for its commit, and returns those that do.
func (r *rush) atRest(t *testing.T) (waiting []order.ID) {
	t.Helper()
	for _, id := range r.all() {
		harness.Eventually(t, func(ctx context.Context) error {
			o, err := r.API.Get(ctx, id)
			switch {
			case err != nil || o.Status.Final():
				return err
			case o.Status == order.NeedsAttention && o.Attention.Step == order.Commit:
				waiting = append(waiting, id)
				return nil
			default:
				return fmt.Errorf("order %s is %s", id, o.Status)
			}
		})
	}
	return waiting
}
