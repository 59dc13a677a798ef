package audit

import (
	"context"
	"crypto/rand"
	"time"
)

// page is how many SKUs, or holds, are read in one round trip.
const page = 1000

// SKUs looks at the level of every SKU: what was put in, less what was sold,
// must be on hand, and what the orders' records hold must be held.
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
		skus := make([]string, len(listed))
		for i, level := range listed {
			skus[i] = level.SKU
		}
		suspects, err := s.Stock.Suspects(ctx, skus, held)
		if err != nil {
			return err
		}
		for _, sku := range suspects { // the stock moves while it is read
			if err := s.sku(ctx, sku, s.Mend); err != nil {
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
	for skip := 0; ; skip += page {
		ids, err := s.Stock.Holds(ctx, time.Now().Add(time.Hour), skip, page)
		if err != nil || len(ids) == 0 {
			return sums, err
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
	drift := Drift{SKU: sku, Is: levels(books.OnHand, books.Held), Due: levels(books.OnHandByBooks, books.HeldByRecords)}
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
