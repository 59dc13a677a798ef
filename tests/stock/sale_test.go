package stock_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
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

const (
	clients = 200
	each    = 50 // orders of a client
	units   = 1000
)

// Ten thousand orders want one of a thousand units, while workers die and,
// on a cluster, its masters change and its slots move.
func TestASaleSellsEachUnitOnce(t *testing.T) {
	rows := []struct {
		name      string
		redis     harness.Option
		meanwhile func(t *testing.T, s *harness.System, placed *atomic.Int64)
	}{
		{"on one node", harness.OwnRedis(), func(*testing.T, *harness.System, *atomic.Int64) {}},
		{"on a cluster that fails over and moves slots", harness.OwnRedisCluster(), shake},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			s := harness.New(t, harness.Apart(), row.redis)
			_, err := s.API.SetStock(t.Context(), harness.Sample().Lines[0].SKU, units, "", "")
			require.NoError(t, err)
			sale := &sale{}
			var sides sync.WaitGroup
			sides.Go(func() { killWorkers(t, s, &sale.placed) })
			sides.Go(func() { row.meanwhile(t, s, &sale.placed) })
			require.NoError(t, sale.run(t.Context(), s))
			sides.Wait()

			shipped := 0
			for _, id := range sale.ids {
				if s.Final(t, id).Status == order.Completed {
					shipped++
				}
			}
			books, err := s.Books(t.Context())
			require.NoError(t, err)
			t.Logf("%d orders were refused at the gateway and %d admitted; %d shipped, %d were paid back", sale.refused, len(sale.ids), shipped, len(books.Refunds))
			require.Equal(t, units, shipped)
			require.Len(t, books.Parcels, units)
			level, err := s.API.Stock(t.Context(), harness.Sample().Lines[0].SKU)
			require.NoError(t, err)
			require.Zero(t, level.OnHand)
			require.Zero(t, level.Held)
			found, _ := stockAudit(t, s)
			require.Empty(t, found)
			s.RequireSound(t)
		})
	}
}

// sale is what the clients came to.
type sale struct {
	placed  atomic.Int64
	mu      sync.Mutex
	ids     []order.ID
	refused int
}

func (s *sale) run(ctx context.Context, system *harness.System) error {
	group, ctx := errgroup.WithContext(ctx)
	for c := range clients {
		group.Go(func() error {
			for n := range each {
				if err := s.buy(ctx, system, fmt.Sprintf("client %d, order %d", c, n)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// buy asks under the same key until it has an answer.
func (s *sale) buy(ctx context.Context, system *harness.System, key string) error {
	request := harness.Sample()
	request.Lines[0].Quantity = 1
	return harness.Await(ctx, time.Minute, func(ctx context.Context) error {
		placed, err := system.API.Place(ctx, request, key, 0)
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

// killWorkers kills the worker after each of some more orders.
func killWorkers(t *testing.T, s *harness.System, placed *atomic.Int64) {
	for kill := range 5 {
		after(t, placed, 100+150*kill)
		if err := s.Worker.Restart(t.Context()); err != nil {
			t.Error(err)
			return
		}
	}
}

// after waits until so many orders were placed.
func after(t *testing.T, placed *atomic.Int64, n int) {
	err := harness.Await(t.Context(), 2*time.Minute, func(context.Context) error {
		if is := placed.Load(); is < int64(n) {
			return fmt.Errorf("%d orders were placed, not yet %d", is, n)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
