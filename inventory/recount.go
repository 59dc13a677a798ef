package inventory

import (
	"context"
	"fmt"
)

// Books are what the level of a SKU is and what it should be.
type Books struct {
	Level
	// HeldByRecords is what the records of open holds have of it.
	HeldByRecords int64
}

// Balanced says that the level is what it should be.
func (b Books) Balanced() bool { return b.Held == b.HeldByRecords }

// Count reads the SKU's books in one atomic step. That stops the server for
// some 5 ms for each 1,000 open holds: it is for a SKU that looks wrong.
func (s *Stock) Count(ctx context.Context, sku string) (Books, error) {
	return s.recount(ctx, sku, "look", "", "")
}

// Recount puts the SKU's level right and returns the books as they were. The
// operation's record keeps why. It is safe to retry.
func (s *Stock) Recount(ctx context.Context, sku, operation, why string) (Books, error) {
	return s.recount(ctx, sku, "mend", operation, why)
}

func (s *Stock) recount(ctx context.Context, sku, verb, operation, why string) (Books, error) {
	keys := append([]string{s.keys.holds(), s.keys.operation(operation)}, s.keys.level(sku)...)
	numbers, err := recountScript.Run(ctx, s.client, keys,
		sku, s.keys.order(""), verb, s.keepFor.Milliseconds(), why).Int64Slice()
	if err != nil {
		return Books{}, fmt.Errorf("recount %s: %w", sku, err)
	}
	return Books{
		Level:         Level{SKU: sku, OnHand: numbers[0], Held: numbers[1], Available: numbers[0] - numbers[1]},
		HeldByRecords: numbers[2],
	}, nil
}
