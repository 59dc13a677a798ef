package inventory_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"makegood/inventory"
	"makegood/order"
)

// traffic is a shop that goes on while its servers change. Its lanes play one
// order after another, every call twice at once, and know what each must
// answer: a lane puts in what its order takes and nobody has a unit to spare,
// so that one that is lost, or taken twice, is a shortage at once. Beside them,
// lookers read, and hear the first order's reservation again.
type traffic struct {
	stock  *inventory.Stock
	first  order.Order // holds its unit all the time
	heard  order.Outcome
	group  *errgroup.Group
	ctx    context.Context // ends with the first wrong answer
	ending atomic.Bool
	gate   sync.RWMutex // whoever locks it holds every call back

	rounds, again    atomic.Int64 // orders that were played; times that the first one was heard again
	sold, open, free atomic.Int64 // orders whose units have left, are held, were taken out again

	mu    sync.Mutex
	noise map[string]int // calls that had no answer, by why
}

const lanes = 3

func startTraffic(t *testing.T, client redis.UniversalClient, pool string) *traffic {
	t.Helper()
	if os.Getenv("MAKEGOOD_MUTANT") != "" {
		t.Skip("a mistake in a script shows in a moment, on a server that stays as it is")
	}
	s := newShelf(t, client, nil)
	s.Stock = newStock(client, pool)
	f := &traffic{stock: s.Stock, first: buy("first", line("FIRST", 1)), noise: map[string]int{}}
	for sku, n := range map[string]int64{"FIRST": 1, "PLENTY": 5, "GONE": 0} {
		_, err := s.set(sku, n, "fill "+sku)
		require.NoError(t, err)
	}
	f.heard = s.done(s.Reserve, f.first)

	ctx, cancel := context.WithCancel(t.Context())
	f.group, f.ctx = errgroup.WithContext(ctx)
	t.Cleanup(func() {
		cancel()
		_ = f.group.Wait()
	})
	for lane := range lanes {
		f.group.Go(func() error { return f.lane(lane) })
	}
	f.group.Go(f.look)
	f.group.Go(f.repeat)
	return f
}

// goesOn waits until so many more orders were played from start to end.
func (f *traffic) goesOn(t *testing.T, orders int64) {
	t.Helper()
	f.awaitMore(t, &f.rounds, orders)
}

// heardAgain waits until the first order's reservation was heard so often.
func (f *traffic) heardAgain(t *testing.T, times int64) {
	t.Helper()
	f.awaitMore(t, &f.again, times)
}

// awaitMore has time for a few orders on a busy machine, once the servers take
// calls. A client that finds out by and by where to call has not.
func (f *traffic) awaitMore(t *testing.T, what *atomic.Int64, more int64) {
	t.Helper()
	from := what.Load()
	err := within(20*time.Second, func() error {
		done := what.Load() - from
		if done >= more || f.failed() {
			return nil
		}
		return fmt.Errorf("%d of %d; calls without an answer: %v", done, more, f.noises())
	})
	if f.failed() {
		err = f.group.Wait()
	}
	require.NoError(t, err)
}

func (f *traffic) failed() bool { return f.ctx.Err() != nil }

// close ends the traffic, and compares the books with what it has heard.
func (f *traffic) close(t *testing.T) {
	t.Helper()
	f.ending.Store(true)
	require.NoError(t, f.group.Wait())
	open, sold := f.open.Load(), f.sold.Load()
	t.Logf("%d orders: %d sold, %d turned back, %d still hold; calls that were made again: %v",
		f.rounds.Load(), sold, f.free.Load(), open, f.noises())
	require.Equal(t, f.rounds.Load(), sold+f.free.Load()+open)
	want := map[string]inventory.Level{
		"MUG":    {SKU: "MUG", OnHand: 2 * open, Held: 2 * open},
		"CUP":    {SKU: "CUP", OnHand: open, Held: open},
		"FIRST":  {SKU: "FIRST", OnHand: 1, Held: 1},
		"PLENTY": {SKU: "PLENTY", OnHand: 5, Available: 5},
		"GONE":   {SKU: "GONE"},
	}
	skus := slices.Sorted(maps.Keys(want))
	levels, err := f.stock.LevelsOf(t.Context(), skus)
	require.NoError(t, err)
	require.Equal(t, want, levels)
	added, err := f.stock.Added(t.Context(), skus)
	require.NoError(t, err)
	require.Equal(t, map[string]int64{"MUG": 2 * (sold + open), "CUP": sold + open, "FIRST": 1, "PLENTY": 5, "GONE": 0}, added)
	for _, sku := range skus {
		books, err := f.stock.Count(t.Context(), sku)
		require.NoError(t, err)
		require.True(t, books.Balanced(), "%+v", books)
	}
}

// repeat hears the first order's reservation again and again.
func (f *traffic) repeat() error {
	for !f.ending.Load() {
		outcome, err := f.answer(f.stock.Reserve, f.first)
		if err == nil && !assert.ObjectsAreEqual(f.heard, outcome) {
			err = fmt.Errorf("answered %+v instead of %+v", outcome, f.heard)
		}
		if err != nil {
			return fmt.Errorf("reserve the first order again: %w", err)
		}
		f.again.Add(1)
	}
	return nil
}

// look reads what does not change.
func (f *traffic) look() error {
	level := inventory.Level{SKU: "PLENTY", OnHand: 5, Available: 5}
	records := []inventory.Record{
		{State: inventory.Held, Since: f.heard.At, Listed: true, Demand: inventory.Demand{
			Order: "first", Fingerprint: f.first.Fingerprint(), Lines: []order.Line{{SKU: "FIRST", Quantity: 1}},
		}},
		{Demand: inventory.Demand{Order: "nobody"}},
	}
	for !f.ending.Load() {
		err := errors.Join(
			see(f, level, func(ctx context.Context) (inventory.Level, error) { return f.stock.Level(ctx, "PLENTY") }),
			see(f, nil, func(ctx context.Context) ([]order.Shortage, error) {
				return f.stock.Shortages(ctx, []order.Line{line("PLENTY", 5)})
			}),
			see(f, records, func(ctx context.Context) ([]inventory.Record, error) {
				return f.stock.Records(ctx, []order.ID{"first", "nobody"})
			}),
			see(f, inventory.Books{Level: level, OnHandByBooks: 5}, func(ctx context.Context) (inventory.Books, error) {
				return f.stock.Count(ctx, "PLENTY")
			}),
		)
		if err != nil {
			return fmt.Errorf("look: %w", err)
		}
	}
	return nil
}

func see[T any](f *traffic, want T, read func(context.Context) (T, error)) error {
	var got T
	err := f.insist(func(ctx context.Context) (err error) {
		got, err = read(ctx)
		return err
	})
	if err == nil && !assert.ObjectsAreEqual(want, got) {
		err = fmt.Errorf("saw %+v instead of %+v", got, want)
	}
	return err
}
