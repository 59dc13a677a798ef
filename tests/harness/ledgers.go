package harness

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"makegood/invariants"
	"makegood/inventory"
	"makegood/order"
)

// Ledgers reads the books of everybody who takes part in the system's orders:
// Temporal says which orders there are, the gateway how they ended, and the
// rest is read where it is kept, past the links. Temporal's list may lag some
// hundred milliseconds behind. A thousand orders take some seconds.
//
// The books are at rest if no order was open, and the last event of each had
// been heard, before they were read.
func (s *System) Ledgers(ctx context.Context) (invariants.Ledgers, error) {
	var l invariants.Ledgers
	var err error
	l.AtRest = s.resting(ctx) == nil
	if l.Orders, err = s.orders(ctx); err != nil {
		return l, err
	}
	for _, d := range s.Heard.All() {
		l.Events = append(l.Events, d.Event)
	}
	if err := s.effects(ctx, &l); err != nil {
		return l, err
	}
	l.Stock, err = s.levels(ctx)
	return l, err
}

// orders asks the gateway for every order that Temporal has: one that was reset
// stands in Temporal's list once a run.
func (s *System) orders(ctx context.Context) ([]invariants.Order, error) {
	ids, err := s.Listed(ctx, "WorkflowType='Order'")
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex
	all := make([]invariants.Order, 0, len(ids))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(8)
	asked := map[order.ID]bool{}
	for _, id := range ids {
		if asked[id] {
			continue
		}
		asked[id] = true
		group.Go(func() error {
			o, err := s.API.Get(ctx, id)
			if err != nil {
				return err
			}
			units := map[string]int64{}
			for _, l := range o.Quantities() {
				units[l.SKU] = l.Quantity
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, invariants.Order{ID: id, Status: o.Status, Total: o.Total, Units: units})
			return nil
		})
	}
	return all, group.Wait()
}

// effects reads the provider's and the carrier's books.
func (s *System) effects(ctx context.Context, l *invariants.Ledgers) error {
	intents, err := pages[Intent](ctx, s, "/stripe/v1/payment_intents")
	if err != nil {
		return err
	}
	for _, i := range intents {
		l.Intents = append(l.Intents, invariants.Intent{ID: i.ID, Order: order.ID(i.Metadata["order_id"]), Taken: i.Received, Status: i.Status})
	}
	refunds, err := pages[Refund](ctx, s, "/stripe/v1/refunds")
	if err != nil {
		return err
	}
	for _, r := range refunds {
		l.Refunds = append(l.Refunds, invariants.Refund{ID: r.ID, Intent: r.Intent, Amount: r.Amount, Status: r.Status})
	}
	parcels, err := pages[Parcel](ctx, s, "/carrier/shipments")
	for _, p := range parcels {
		l.Parcels = append(l.Parcels, invariants.Parcel{ID: p.ID, Order: order.ID(p.Reference)})
	}
	return err
}

func (s *System) openStock(t testing.TB) {
	t.Helper()
	redis, err := inventory.Open(s.RedisURL())
	require.NoError(t, err)
	t.Cleanup(func() { _ = redis.Close() })
	s.stock = inventory.New(redis, inventory.Config{Namespace: s.Namespace})
}

func (s *System) levels(ctx context.Context) ([]invariants.Stock, error) {
	var all []invariants.Stock
	for cursor := ""; ; {
		page, next, err := s.stock.Levels(ctx, cursor, 1000)
		if err != nil {
			return nil, err
		}
		skus := make([]string, len(page))
		for i, level := range page {
			skus[i] = level.SKU
		}
		added, err := s.stock.Added(ctx, skus)
		if err != nil {
			return nil, err
		}
		for _, level := range page {
			all = append(all, invariants.Stock{SKU: level.SKU, OnHand: level.OnHand, Held: level.Held, Added: added[level.SKU]})
		}
		if cursor = next; cursor == "" {
			return all, nil
		}
	}
}
