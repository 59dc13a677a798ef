package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"

	"makegood/order"
	"makegood/tests/harness"
)

// hurdles are orders that end like an order without any, on a longer way.
var hurdles = map[string]func(*order.Request){
	"none":                     func(*order.Request) {},
	"payment reply lost":       func(r *order.Request) { r.PaymentMethod = "pm_sim_lost_1" },
	"payment fails twice":      func(r *order.Request) { r.PaymentMethod = "pm_sim_fail_2" },
	"slow payment":             func(r *order.Request) { r.PaymentMethod = "pm_sim_slow_700" },
	"parcel reply lost":        func(r *order.Request) { r.ShippingAddress.Line1 = "sim:lost_1" },
	"carrier slower than lane": func(r *order.Request) { r.ShippingAddress.Line1 = "sim:slow_1200" },
}

// The only worker dies while orders are at any point of their way.
func TestOrdersOutliveAKilledWorker(t *testing.T) {
	t.Parallel()
	s := harness.New(t, harness.Apart(), harness.Setting("ADMISSION", "off"))
	kinds := map[string]scenario{}
	for name, hurdle := range hurdles {
		kinds[name] = scenarios["an order ships"].changed(hurdle)
	}
	for _, name := range []string{"a declined card takes nothing", "an order that is sold out gets its money back", "an undeliverable order gives back stock and money"} {
		kinds[name] = scenarios[name]
	}
	all := map[string]placed{}
	kindOf := map[string]scenario{}
	for round := range 4 {
		for kind, c := range kinds {
			name := fmt.Sprintf("%s %d", kind, round)
			all[name], kindOf[name] = placeAs(t, s, c, name), c
		}
		// A different point of the way each time.
		harness.Eventually(t, func(ctx context.Context) error {
			books, err := s.Books(ctx)
			if want := round*len(kinds) + 1 + round; err == nil && len(books.Intents) < want {
				err = fmt.Errorf("%d of %d intents are made", len(books.Intents), want)
			}
			return err
		})
		require.NoError(t, s.Worker.Kill())
		require.NoError(t, s.Worker.Restart(t.Context()))
	}
	killed := time.Now()
	for name, o := range all {
		history := s.Closed(t, o.ID)
		require.Zero(t, harness.Count(history, enumspb.EVENT_TYPE_WORKFLOW_TASK_FAILED), name)
	}
	t.Logf("all %d orders ended %s after the last kill", len(all), time.Since(killed).Round(time.Millisecond))
	for name, o := range all {
		kindOf[name].check(t, s, o)
	}
	s.RequireSound(t)
}

func (c scenario) changed(change func(*order.Request)) scenario {
	c.change = change
	return c
}

// What was accepted is answered and, after the restart, finished.
func TestAGracefulStopFinishesWhatWasAccepted(t *testing.T) {
	t.Parallel()
	s := harness.New(t)
	request := harness.Sample()
	_, err := s.API.SetStock(t.Context(), request.Lines[0].SKU, 10_000, "", "")
	require.NoError(t, err)

	// Some that wait for a slow carrier when the stop comes …
	slow := request
	slow.ShippingAddress.Line1 = "sim:slow_3000"
	waiting := make([]answer, 5)
	var posting sync.WaitGroup
	for i := range waiting {
		posting.Go(func() { waiting[i] = post(t, s, slow, fmt.Sprintf("slow %d", i), 30) })
	}
	for i := range waiting {
		harness.Eventually(t, func(ctx context.Context) error {
			_, err := s.API.Get(ctx, order.IDFromKey(fmt.Sprintf("slow %d", i)))
			return err
		})
	}
	// … and a stream of quick ones.
	var mu sync.Mutex
	quick := map[string]answer{}
	stopped := make(chan struct{})
	for shopper := range 4 {
		posting.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stopped:
					return
				default:
				}
				key := fmt.Sprintf("quick %d %d", shopper, i)
				a := post(t, s, request, key, 10)
				mu.Lock()
				quick[key] = a
				mu.Unlock()
			}
		})
	}
	harness.Eventually(t, func(context.Context) error {
		mu.Lock()
		defer mu.Unlock()
		if len(quick) < 20 {
			return fmt.Errorf("%d orders are placed", len(quick))
		}
		return nil
	})

	began := time.Now()
	require.NoError(t, s.Gateway.Stop())
	t.Logf("stopped in %s", time.Since(began).Round(time.Millisecond))
	close(stopped)
	posting.Wait()

	accepted := map[string]order.ID{}
	for i, a := range waiting {
		require.NoError(t, a.err, "a request that was accepted is answered")
		require.Contains(t, []int{http.StatusOK, http.StatusAccepted}, a.status, a.body)
		accepted[fmt.Sprintf("slow %d", i)] = a.id(t)
	}
	for key, a := range quick {
		switch {
		case a.err != nil: // it came to a port where nobody listens any more
			require.True(t, errors.Is(a.err, syscall.ECONNREFUSED) || errors.Is(a.err, syscall.ECONNRESET), "%s: %v", key, a.err)
		case a.status != http.StatusServiceUnavailable:
			require.Contains(t, []int{http.StatusOK, http.StatusAccepted}, a.status, a.body)
			accepted[key] = a.id(t)
		}
	}
	t.Logf("%d orders were accepted", len(accepted))
	require.NoError(t, s.Gateway.Restart(t.Context()))
	for key, id := range accepted {
		require.Equal(t, order.Completed, s.Final(t, id).Status, key)
		s.Closed(t, id)
	}
	s.RequireSound(t)
	others, err := s.Listed(t.Context(), "SagaStatus!='completed'")
	require.NoError(t, err)
	require.Empty(t, others, "also of those whose answer nobody got")
}
