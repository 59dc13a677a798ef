package audit

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"slices"

	"makegood/inventory"
	"makegood/order"
)

// page is how many SKUs, or orders, are read in one round trip.
const page = 1000

// looks is how often the level of a SKU looks wrong, by the same number each
// time, before it is counted: that stops Redis, and the stock moves while it is
// looked at.
const looks = 3

// SKUs looks at the level of every SKU: what was put in, less what was sold,
// must be on hand, and what the records of open holds have of it must be held.
func (s *Stocktaking) SKUs(ctx context.Context) error {
	suspects, err := s.firstLook(ctx)
	if err != nil {
		return err
	}
	for range looks - 1 {
		again, err := s.differences(ctx, slices.Collect(maps.Keys(suspects)))
		if err != nil {
			return err
		}
		maps.DeleteFunc(suspects, func(sku string, d inventory.Difference) bool { return again[sku] != d })
	}
	for _, sku := range slices.Sorted(maps.Keys(suspects)) {
		if err := s.sku(ctx, sku); err != nil {
			return err
		}
	}
	return nil
}

func (s *Stocktaking) firstLook(ctx context.Context) (map[string]inventory.Difference, error) {
	held, err := s.held(ctx)
	if err != nil {
		return nil, err
	}
	all := map[string]inventory.Difference{}
	for cursor := ""; ; {
		listed, next, err := s.Stock.Levels(ctx, cursor, page)
		if err != nil {
			return nil, err
		}
		skus := make([]string, len(listed))
		for i, level := range listed {
			skus[i] = level.SKU
		}
		found, err := s.Stock.Differences(ctx, skus, held)
		if err != nil {
			return nil, err
		}
		maps.Copy(all, found)
		if cursor = next; cursor == "" {
			return all, nil
		}
	}
}

func (s *Stocktaking) differences(ctx context.Context, skus []string) (map[string]inventory.Difference, error) {
	all := map[string]inventory.Difference{}
	if len(skus) == 0 {
		return all, nil
	}
	held, err := s.held(ctx)
	if err != nil {
		return nil, err
	}
	for some := range slices.Chunk(skus, page) {
		found, err := s.Stock.Differences(ctx, some, held)
		if err != nil {
			return nil, err
		}
		maps.Copy(all, found)
	}
	return all, nil
}

// held adds up what the records of open holds have of each SKU.
func (s *Stocktaking) held(ctx context.Context) (map[string]int64, error) {
	sums, seen := map[string]int64{}, map[order.ID]bool{}
	for cursor := uint64(0); ; {
		holds, next, err := s.Stock.Holds(ctx, cursor)
		if err != nil {
			return nil, err
		}
		var ids []order.ID
		for _, hold := range holds {
			if !seen[hold.Order] { // a page may repeat one
				seen[hold.Order] = true
				ids = append(ids, hold.Order)
			}
		}
		records, err := s.Stock.Records(ctx, ids)
		if err != nil {
			return nil, err
		}
		for _, record := range records {
			if record.State != inventory.Held {
				continue
			}
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
func (s *Stocktaking) sku(ctx context.Context, sku string) error {
	books, err := s.Stock.Count(ctx, sku)
	if err != nil {
		return err
	}
	if books.Balanced() {
		return nil
	}
	drift := Drift{SKU: sku, Is: level(books.OnHand, books.Held), Due: level(books.OnHandByBooks, books.HeldByRecords)}
	if s.Mend {
		_, err := s.Stock.Recount(ctx, sku, "recount-"+rand.Text(), recordsSay)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		drift = drift.after(err)
	}
	s.found(drift)
	return nil
}

func level(onHand, held int64) string { return fmt.Sprintf("%d on hand, %d held", onHand, held) }
