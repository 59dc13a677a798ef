package stock_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"makegood/api/client"
	"makegood/order"
	"makegood/tests/harness"
)

// Ten times as many orders as there are units, by 200 clients, while workers
// die and, on a cluster, its masters change and its slots move: each unit is
// sold once, and nobody else is charged in the end.
func TestASaleSellsEachUnitOnce(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name      string
		redis     harness.Option
		meanwhile func(t *testing.T, sale *sale)
	}{
		{"on one node", harness.OwnRedis(), func(*testing.T, *sale) {}},
		{"on a cluster that fails over and moves slots", harness.OwnRedisCluster(), shake},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if !long { // in full, each has the machine to itself
				t.Parallel()
			}
			sale := newSale(t, row.redis)
			began := time.Now()
			var sides sync.WaitGroup
			sides.Go(func() { killWorkers(t, sale) })
			sides.Go(func() { row.meanwhile(t, sale) })
			require.NoError(t, sale.run(t.Context()))
			sides.Wait()
			took := time.Since(began)
			for _, id := range sale.ids {
				sale.Final(t, id)
			}
			sale.RequireSound(t)
			t.Logf("%d orders were refused at the gateway and %d admitted within %s; the last had ended %s later",
				sale.refused, len(sale.ids), took.Round(time.Second), (time.Since(began) - took).Round(time.Second))

			placed, err := sale.Listed(t.Context(), "WorkflowType='Order'")
			require.NoError(t, err)
			require.ElementsMatch(t, sale.ids, placed, "each order that was taken is there, once")
			require.Equal(t, clients*sale.each, len(sale.ids)+sale.refused)
			books, err := sale.Books(t.Context())
			require.NoError(t, err)
			t.Logf("%d shipped, %d were paid back", len(books.Parcels), len(books.Refunds))
			require.Len(t, books.Parcels, sale.units)
			require.EqualValues(t, sale.units*1250, books.Taken()-books.Returned())
			level, err := sale.API.Stock(t.Context(), harness.Sample().Lines[0].SKU)
			require.NoError(t, err)
			require.Zero(t, level.OnHand)
			require.Zero(t, level.Held)
			found, _ := stockAudit(t, sale.System)
			require.Empty(t, found)
		})
	}
}

const clients = 200

var long = os.Getenv("MAKEGOOD_LONG") != ""

// sale is a system with units of one SKU, and what the clients came to.
type sale struct {
	*harness.System
	units, each int // each is how many orders a client places

	placed  atomic.Int64
	mu      sync.Mutex
	ids     []order.ID
	refused int
}

func newSale(t *testing.T, redis harness.Option) *sale {
	t.Helper()
	s := &sale{units: 100, each: 5}
	if long {
		s.units, s.each = 1000, 50
	}
	s.System = harness.New(t, harness.Apart(), redis, harness.Setting("LOG_LEVEL", "info"))
	_, err := s.API.SetStock(t.Context(), harness.Sample().Lines[0].SKU, int64(s.units), "", "")
	require.NoError(t, err)
	return s
}

func (s *sale) run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for c := range clients {
		group.Go(func() error {
			for n := range s.each {
				if err := s.buy(ctx, fmt.Sprintf("client %d, order %d", c, n)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// patience is how long a client waits for its order to end before it places the
// next one.
const patience = 20 * time.Second

// buy asks under the same key until it has an answer.
func (s *sale) buy(ctx context.Context, key string) error {
	request := harness.Sample()
	request.Lines[0].Quantity = 1
	return harness.Await(ctx, 10*time.Minute, func(ctx context.Context) error {
		placed, err := s.API.Place(ctx, request, key, patience)
		s.mu.Lock()
		defer s.mu.Unlock()
		if p := (*client.Problem)(nil); errors.As(err, &p) && p.Status == http.StatusConflict {
			s.refused++
			return nil
		}
		if err == nil {
			s.ids = append(s.ids, placed.ID)
			s.placed.Add(1)
		}
		return err
	})
}

// killWorkers kills the worker again and again while there is stock.
func killWorkers(t *testing.T, s *sale) {
	for percent := 10; percent < 80; percent += 15 {
		s.after(t, percent)
		if err := s.Worker.Restart(t.Context()); err != nil {
			t.Error(err)
			return
		}
	}
}

// after waits until so many orders were placed, in percent of the units. All
// are sold, so there are as many.
func (s *sale) after(t *testing.T, percent int) {
	want := int64(s.units * percent / 100)
	err := harness.Await(t.Context(), 2*time.Minute, func(context.Context) error {
		if is := s.placed.Load(); is < want {
			return fmt.Errorf("%d orders were placed, not yet %d", is, want)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
