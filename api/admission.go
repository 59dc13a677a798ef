package api

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"makegood/inventory"
	"makegood/order"
)

// admissionTimeout is what the look at stock may cost an order. It is some
// hundred times what Redis takes, and little beside a saga.
const admissionTimeout = 100 * time.Millisecond

// admission looks at the stock before an order's saga starts. It is a hint, not
// a hold, and errs on one side alone: it may admit an order that the saga will
// refuse, and refuses none that could be filled while Redis was asked.
type admission struct {
	stock   *inventory.Stock
	known   *knownStock
	breaker *stockBreaker
	verdict *prometheus.CounterVec
	log     *slog.Logger
}

func newAdmission(stock *inventory.Stock, registry *prometheus.Registry, log *slog.Logger) *admission {
	a := &admission{
		stock: stock, known: newKnownStock(stock, registry),
		breaker: newStockBreaker(log), verdict: newVerdicts(registry), log: log,
	}
	registry.MustRegister(breakerState(a.breaker.states.State))
	return a
}

// shortages says what stock lacks for the order right now. While stock can't be
// asked, the order passes, and its saga finds out.
func (a *admission) shortages(ctx context.Context, o order.Order) []order.Shortage {
	lines := o.Quantities()
	if a.known.covers(lines) {
		a.count(admitted)
		return nil
	}
	short, err := a.breaker.look(func() ([]order.Shortage, error) { return a.ask(ctx, lines) })
	switch {
	case err != nil:
		a.count(unasked)
		a.log.DebugContext(ctx, "admission: stock was not asked, the order passes", "order_id", o.ID, "error", err)
		return nil
	case len(short) == 0:
		a.count(admitted)
	}
	return short
}

// ask reads what isn't known. A shortage is only ever what Redis itself says
// now: what is known may be from before a delivery, and a read that is shared
// may have begun before it.
func (a *admission) ask(ctx context.Context, lines []order.Line) ([]order.Shortage, error) {
	ctx, cancel := context.WithTimeout(ctx, admissionTimeout)
	defer cancel()
	covered, err := a.known.read(ctx, lines)
	if covered || err != nil {
		return nil, err
	}
	return a.stock.Shortages(ctx, lines)
}

// forget has the SKU asked anew: whoever changes stock sees the next order held
// against it. Other gateways hear of it within knownFor. Off, it does nothing.
func (a *admission) forget(sku string) {
	if a != nil {
		a.known.units.Invalidate(sku)
	}
}

func (a *admission) count(v verdict) { a.verdict.WithLabelValues(string(v)).Inc() }

// soldOut refuses the order, unless it is a retry: the order that its key made
// before may be what holds the last unit. The refusal is not remembered under
// the key.
func (s *Server) soldOut(ctx context.Context, o order.Order, keyed bool, within time.Duration, short []order.Shortage) (*placeOutput, error) {
	if keyed {
		out, err := s.placedBefore(ctx, o, within)
		if err == nil {
			s.admission.count(repeated)
		}
		if !isNotFound(err) {
			return out, err
		}
	}
	s.admission.count(refused)
	words := make([]string, len(short))
	for i, l := range short {
		words[i] = fmt.Sprintf("%s: asked %d, available %d", l.SKU, l.Asked, l.Available)
	}
	p := problem(outOfStock, strings.Join(words, "; "))
	p.Shortages = short
	return nil, p
}
