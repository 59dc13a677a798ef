package inventory_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/stretchr/testify/assert"

	"makegood/inventory"
	"makegood/order"
)

// life is what becomes of an order: its steps, each with what it must answer.
type life struct {
	lines []order.Line
	steps []step
	count func(*traffic) *atomic.Int64
}

type step struct {
	do   func(*inventory.Stock) effect
	want order.Outcome
}

var (
	reserve = func(s *inventory.Stock) effect { return s.Reserve }
	commit  = func(s *inventory.Stock) effect { return s.Commit }
	release = func(s *inventory.Stock) effect { return s.Release }

	held     = step{reserve, order.Outcome{Step: order.Reserve}}
	sold     = step{commit, order.Outcome{Step: order.Commit}}
	released = step{release, order.Outcome{Step: order.Release}}
	nothing  = step{release, order.Outcome{Step: order.Release, Null: true}}
	fenced   = step{reserve, order.Outcome{Step: order.Reserve, Reason: order.Fenced}}
	short    = step{reserve, order.Outcome{Step: order.Reserve, Reason: order.OutOfStock,
		Shortages: []order.Shortage{{SKU: "GONE", Asked: 1}}}}

	wants  = []order.Line{line("MUG", 1), line("CUP", 1), line("MUG", 1)}
	hasNot = append(slices.Clone(wants), line("GONE", 1))
	lives  = []life{
		{wants, []step{held, sold, held}, func(f *traffic) *atomic.Int64 { return &f.sold }},
		{wants, []step{held, released, fenced}, func(f *traffic) *atomic.Int64 { return &f.free }},
		{wants, []step{nothing, fenced}, func(f *traffic) *atomic.Int64 { return &f.free }},
		{hasNot, []step{short, nothing}, func(f *traffic) *atomic.Int64 { return &f.free }},
		{wants, []step{held}, func(f *traffic) *atomic.Int64 { return &f.open }},
	}
)

func (f *traffic) lane(lane int) error {
	for n := 0; !f.ending.Load(); n++ {
		life := lives[n%len(lives)]
		o := buy(order.ID(fmt.Sprintf("%d-%d", lane, n)), life.lines...)
		if err := f.play(o, life); err != nil {
			return fmt.Errorf("order %s: %w", o.ID, err)
		}
		life.count(f).Add(1)
		f.rounds.Add(1)
	}
	return nil
}

func (f *traffic) play(o order.Order, life life) error {
	if err := errors.Join(f.add("MUG", 2, o.ID+" in"), f.add("CUP", 1, o.ID+" in")); err != nil {
		return err
	}
	for _, step := range life.steps {
		outcome, err := twice(func() (order.Outcome, error) { return f.answer(step.do(f.stock), o) })
		if err != nil {
			return err
		}
		step.want.At = outcome.At
		if !assert.ObjectsAreEqual(step.want, outcome) {
			return fmt.Errorf("answered %+v instead of %+v", outcome, step.want)
		}
	}
	if life.count(f) != &f.free {
		return nil
	}
	return errors.Join(f.add("MUG", -2, o.ID+" out"), f.add("CUP", -1, o.ID+" out"))
}

func (f *traffic) add(sku string, units int64, operation order.ID) error {
	_, err := twice(func() (level inventory.Level, err error) {
		err = f.insist(func(ctx context.Context) error {
			level, err = f.stock.Adjust(ctx, sku, units, sku+string(operation), "test")
			return err
		})
		return level, err
	})
	return err
}
