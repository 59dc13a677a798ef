package audit

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"go.temporal.io/api/serviceerror"
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
	// Is and Due are how it was found, and how it has to be.
	Is  string `json:"is"`
	Due string `json:"due"`
	// Mended says that it has been put right, and Error why it could not be.
	Mended bool   `json:"mended"`
	Error  string `json:"error,omitempty"`
}

// Stocktaking compares the stock with the histories. It keeps one page of a list
// in memory, a few histories, and a number for each SKU that is held. It may run
// beside orders that are under way, and be repeated.
type Stocktaking struct {
	Temporal client.Client
	Stock    *inventory.Stock
	// Mend puts right what is found. Each repair is on record with its reason.
	Mend bool
	// Found is told of each drift, by one goroutine at a time.
	Found func(Drift)

	mu sync.Mutex
}

// why is the reason on the record of a repair.
const why = "stock audit: the histories say so"

func (s *Stocktaking) each(ctx context.Context, ids []order.ID, look func(context.Context, order.ID) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for _, id := range ids {
		group.Go(func() error { return look(ctx, id) })
	}
	return group.Wait()
}

func (s *Stocktaking) order(ctx context.Context, id order.ID) error {
	recorded, err := history.Read(ctx, s.Temporal, id)
	if missing := (*serviceerror.NotFound)(nil); errors.As(err, &missing) {
		return nil // deleted since it was listed
	}
	if err != nil {
		return err
	}
	return s.compare(ctx, recorded)
}

// compare reads the stock after the history, and so finds it at least as far.
func (s *Stocktaking) compare(ctx context.Context, recorded history.Recorded) error {
	want, ok := dueOf(recorded)
	if !ok || recorded.Broken { // the audit unwinds it
		return nil
	}
	records, err := s.Stock.Records(ctx, []order.ID{recorded.Order.ID})
	if err != nil {
		return err
	}
	state := records[0].State
	for _, fine := range want.any {
		if state == fine {
			return nil
		}
	}
	return s.settle(ctx, inventory.DemandOf(recorded.Order), state, want.target, s.Mend)
}

// settle tells of an order's drift, and mends it if it is to.
func (s *Stocktaking) settle(ctx context.Context, d inventory.Demand, is, due inventory.State, mend bool) error {
	drift := Drift{Order: d.Order, Is: word(is), Due: word(due)}
	if mend {
		err := s.Stock.Repair(ctx, d, is, due, why)
		if errors.Is(err, inventory.ErrUnbalanced) {
			for _, l := range d.Lines {
				if err := s.sku(ctx, l.SKU, mend); err != nil {
					return err
				}
			}
			err = s.Stock.Repair(ctx, d, is, due, why)
		}
		if errors.Is(err, inventory.ErrChanged) {
			return nil // it moved meanwhile: it was no drift
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		drift.tell(err)
	}
	s.found(drift)
	return nil
}

func (s *Stocktaking) found(d Drift) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Found(d)
}

func (d *Drift) tell(err error) {
	d.Mended = err == nil
	if err != nil {
		d.Error = err.Error()
	}
}

func word(s inventory.State) string {
	if s == inventory.Unrecorded {
		return "not on record"
	}
	return string(s)
}

func heldOf(units int64) string { return fmt.Sprintf("%d held", units) }
