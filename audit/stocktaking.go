package audit

import (
	"context"
	"errors"
	"sync"

	"go.temporal.io/sdk/client"
	"golang.org/x/sync/errgroup"

	"makegood/history"
	"makegood/inventory"
	"makegood/order"
)

// Drift is where the stock is not as the histories say, order by order, or as
// its own records say, SKU by SKU.
type Drift struct {
	// Order or SKU is what it is about.
	Order order.ID `json:"order_id,omitempty"`
	SKU   string   `json:"sku,omitempty"`
	// Is and Due are how it was found, and how it has to be. Both are empty if
	// that could not be read.
	Is  string `json:"is,omitempty"`
	Due string `json:"due,omitempty"`
	// Mended says that it has been put right, and Error why it could not be.
	Mended bool   `json:"mended"`
	Error  string `json:"error,omitempty"`
}

// Stocktaking compares the stock with the histories. It keeps one page of a list
// in memory, a few histories, a number for each SKU that is held, and what it
// has found. It may run beside orders that are under way, and be repeated.
type Stocktaking struct {
	Temporal client.Client
	Stock    *inventory.Stock
	// Mend puts right what is found, Free only what is held for orders that are
	// gone. Each repair is on record with its reason.
	Mend, Free bool
	// Found is told of each drift once, by one goroutine at a time.
	Found func(Drift)

	mu   sync.Mutex
	told map[string]bool
}

const (
	historySays = "stock audit: the order's history says so"
	recordsSay  = "stock audit: the records of holds and sales say so"
)

// Orders looks at each of the orders.
func (s *Stocktaking) Orders(ctx context.Context, ids []order.ID) error {
	return s.each(ctx, ids, s.compare)
}

// each looks at orders whose history can be read, some at once.
func (s *Stocktaking) each(ctx context.Context, ids []order.ID, look func(context.Context, order.ID, history.Recorded) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for _, id := range ids {
		group.Go(func() error {
			recorded, err := history.Read(ctx, s.Temporal, id)
			switch {
			case err == nil, history.IsMissing(err):
				return look(ctx, id, recorded)
			case ctx.Err() != nil:
				return ctx.Err()
			default: // one that can't be read must not keep the others
				s.found(Drift{Order: id, Error: err.Error()})
				return nil
			}
		})
	}
	return group.Wait()
}

// compare reads the stock after the history, and so finds it at least as far.
func (s *Stocktaking) compare(ctx context.Context, id order.ID, recorded history.Recorded) error {
	want, ok := dueOf(recorded)
	if !ok || recorded.Broken { // the audit unwinds it
		return nil
	}
	record, err := s.record(ctx, id)
	if err != nil {
		return err
	}
	demand := inventory.DemandOf(recorded.Order)
	switch target, fine := want.targetFor(record); {
	case !fine:
		return s.mend(ctx, demand, record, target, s.Mend)
	case record.State == inventory.Held && !record.Listed:
		return s.mend(ctx, demand, record, inventory.Held, s.Mend)
	default:
		return nil
	}
}

func (s *Stocktaking) record(ctx context.Context, id order.ID) (inventory.Record, error) {
	records, err := s.Stock.Records(ctx, []order.ID{id})
	if err != nil {
		return inventory.Record{}, err
	}
	return records[0], nil
}

// mend tells of an order's drift, and mends it if it may.
func (s *Stocktaking) mend(ctx context.Context, d inventory.Demand, found inventory.Record, target inventory.State, may bool) error {
	drift := Drift{Order: d.Order, Is: word(found.State), Due: word(target)}
	if found.State == target {
		drift.Is += ", and not among the holds"
	}
	if !may {
		s.found(drift)
		return nil
	}
	err := s.Stock.Repair(ctx, d, found.State, target, historySays)
	if errors.Is(err, inventory.ErrUnbalanced) {
		for _, l := range d.Lines {
			if err := s.sku(ctx, l.SKU); err != nil {
				return err
			}
		}
		err = s.Stock.Repair(ctx, d, found.State, target, historySays)
	}
	if errors.Is(err, inventory.ErrChanged) {
		now, unread := s.record(ctx, d.Order)
		if unread != nil {
			return unread
		}
		if now.State != target {
			return nil // its saga went on meanwhile: it was no drift
		}
		err = nil // a repair whose answer was lost
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s.found(drift.after(err))
	return nil
}

// found tells of a drift, unless it was told before and is still there.
func (s *Stocktaking) found(d Drift) {
	s.mu.Lock()
	defer s.mu.Unlock()
	about := string(d.Order) + " " + d.SKU
	if s.told[about] && !d.Mended {
		return
	}
	if s.told == nil {
		s.told = map[string]bool{}
	}
	s.told[about] = true
	s.Found(d)
}

// after is the drift once it was to be mended.
func (d Drift) after(err error) Drift {
	d.Mended = err == nil
	if err != nil {
		d.Error = err.Error()
	}
	return d
}

func word(s inventory.State) string {
	if s == inventory.Unrecorded {
		return "not on record"
	}
	return string(s)
}
