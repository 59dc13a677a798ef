package audit

import (
	"context"
	"crypto/rand"

	"makegood/order"
)

// page is how many SKUs, or orders, are read in one round trip.
const page = 1000

// SKUs looks at the level of every SKU: what is held of it must be what the
// records of open holds have of it.
func (s *Stocktaking) SKUs(ctx context.Context) error {
	held, err := s.held(ctx)
	if err != nil {
		return err
	}
	for cursor := ""; ; {
		listed, next, err := s.Stock.Levels(ctx, cursor, page)
		if err != nil {
			return err
		}
		for _, level := range listed {
			if level.Held == held[level.SKU] {
				continue
			}
			if err := s.sku(ctx, level.SKU, s.Mend); err != nil { // the stock moves while it is read
				return err
			}
		}
		if cursor = next; cursor == "" {
			return nil
		}
	}
}

// held adds up what the records of open holds have of each SKU.
func (s *Stocktaking) held(ctx context.Context) (map[string]int64, error) {
	sums := map[string]int64{}
	for cursor := uint64(0); ; {
		holds, next, err := s.Stock.Holds(ctx, cursor)
		if err != nil {
			return nil, err
		}
		ids := make([]order.ID, len(holds))
		for i, hold := range holds {
			ids[i] = hold.Order
		}
		records, err := s.Stock.Records(ctx, ids)
		if err != nil {
			return nil, err
		}
		for _, record := range records {
			for _, l := range record.Lines {
				sums[l.SKU] += l.Quantity
			}
		}
		if cursor = next; cursor == 0 {
			return sums, nil
		}
	}
}

// sku counts one SKU in one step. One of which more is held than there is was
// oversold: only the shop can say what becomes of those orders.
func (s *Stocktaking) sku(ctx context.Context, sku string, mend bool) error {
	books, err := s.Stock.Count(ctx, sku)
	if err != nil {
		return err
	}
	if books.Balanced() {
		return nil
	}
	drift := Drift{SKU: sku, Is: heldOf(books.Held), Due: heldOf(books.HeldByRecords)}
	if mend {
		_, err := s.Stock.Recount(ctx, sku, "recount-"+rand.Text(), why)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		drift.tell(err)
	}
	s.found(drift)
	return nil
}
