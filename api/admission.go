package api

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"makegood/order"
)

// admissionTimeout is what the look at stock may cost an order. It is some
// hundred times what Redis takes, and little beside a saga.
const admissionTimeout = 100 * time.Millisecond

// shortages says what stock lacks for the order right now. It is a hint, not a
// hold: while stock can't be asked, the order passes, and its saga finds out.
func (s *Server) shortages(ctx context.Context, o order.Order) []order.Shortage {
	if !s.cfg.Admission {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, admissionTimeout)
	defer cancel()
	short, err := s.stock.Shortages(ctx, o.Lines)
	if err != nil {
		s.log.Warn("admission: stock doesn't answer, the order passes", "order_id", o.ID, "error", err)
		return nil
	}
	return short
}

// soldOut refuses the order, unless it is a retry: the order that its key made
// before may be what holds the last unit. The refusal is not remembered under
// the key.
func (s *Server) soldOut(ctx context.Context, o order.Order, keyed bool, within time.Duration, short []order.Shortage) (*placeOutput, error) {
	if keyed {
		out, err := s.placedBefore(ctx, o, within)
		if p := (*Problem)(nil); !errors.As(err, &p) || p.Status != notFound.Status {
			return out, err
		}
	}
	words := make([]string, len(short))
	for i, l := range short {
		words[i] = fmt.Sprintf("%s: asked %d, available %d", l.SKU, l.Asked, l.Available)
	}
	p := problem(outOfStock, strings.Join(words, "; "))
	p.Shortages = short
	return nil, p
}
