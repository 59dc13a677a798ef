package api

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"
	"github.com/prometheus/client_golang/prometheus"

	"makegood/inventory"
	"makegood/order"
)

const (
	// knownFor is how long the number of a SKU's available units is believed.
	// For as long, orders are admitted for units that other gateways sold. So
	// they are anyway while those before them are being charged, and nothing is
	// held for them yet: for about as long.
	knownFor = 200 * time.Millisecond
	// knownSKUs bounds the memory, to some 3 MB.
	knownSKUs = 10_000
)

// knownStock remembers for a moment how many units of a SKU are available, less
// what it has admitted since: of the last ones, Redis itself is asked. It holds
// nothing of SKUs that were never in stock: their names are the client's to
// choose.
type knownStock struct {
	stock        *inventory.Stock
	units        *otter.Cache[string, *atomic.Int64]
	hits, misses prometheus.Counter
}

func newKnownStock(stock *inventory.Stock, registry *prometheus.Registry) *knownStock {
	k := &knownStock{
		stock: stock,
		units: otter.Must(&otter.Options[string, *atomic.Int64]{
			MaximumSize:      knownSKUs,
			ExpiryCalculator: otter.ExpiryCreating[string, *atomic.Int64](knownFor),
		}),
	}
	// It has a goroutine that removes what is too old, which nobody would end.
	// New entries push out old ones without it.
	k.units.StopAllGoroutines()
	k.hits, k.misses = newCacheCounters(registry)
	return k
}

// covers tells whether what is known is enough for the lines, one a SKU.
func (k *knownStock) covers(lines []order.Line) bool {
	units := make(map[string]*atomic.Int64, len(lines))
	for _, l := range lines {
		known, found := k.units.GetIfPresent(l.SKU)
		if !found {
			k.misses.Inc()
			continue
		}
		k.hits.Inc()
		units[l.SKU] = known
	}
	return take(units, lines)
}

// read is covers, once what isn't known has been read in one round trip. Orders
// that lack a SKU at the same time share the read of it.
func (k *knownStock) read(ctx context.Context, lines []order.Line) (covered bool, err error) {
	skus := make([]string, len(lines))
	for i, l := range lines {
		skus[i] = l.SKU
	}
	units, err := k.units.BulkGet(ctx, skus, otter.BulkLoaderFunc[string, *atomic.Int64](k.load))
	if err != nil {
		return false, err
	}
	return take(units, lines), nil
}

func (k *knownStock) load(ctx context.Context, skus []string) (map[string]*atomic.Int64, error) {
	levels, err := k.stock.LevelsOf(ctx, skus)
	if err != nil {
		return nil, err
	}
	units := make(map[string]*atomic.Int64, len(levels))
	for sku, level := range levels {
		units[sku] = new(atomic.Int64)
		units[sku].Store(level.Available)
	}
	return units, nil
}

// take takes the lines' units off what is known, or nothing if it is not enough.
// Two orders at once may take the same unit; Redis is the judge of that.
func take(units map[string]*atomic.Int64, lines []order.Line) bool {
	for _, l := range lines {
		if known := units[l.SKU]; known == nil || known.Load() < l.Quantity {
			return false
		}
	}
	for _, l := range lines {
		units[l.SKU].Add(-l.Quantity)
	}
	return true
}
