package demo

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"makegood/api/client"
	"makegood/order"
)

// played is the order of one of a sample's buyers, and what was seen of it.
type played struct {
	sample
	buyer  string
	id     order.ID
	events []order.EventType
}

// name tells the order apart from the others.
func (p played) name() string {
	if len(p.buyers) == 1 {
		return p.title
	}
	return p.title + ": " + p.buyer
}

// play places the orders of all buyers at once and shows them to their ends. An
// order that doesn't end is left to the promises.
func (d demo) play(ctx context.Context, number int, s sample) ([]played, error) {
	begun := time.Now()
	all := make([]played, len(s.buyers))
	group, placing := errgroup.WithContext(ctx)
	for i, buyer := range s.buyers {
		group.Go(func() error {
			placed, err := d.api.Place(placing, s.request(buyer, d.name), "demo-"+d.name+"-"+s.slug+"-"+buyer, 0)
			if err != nil {
				return fmt.Errorf("place the order of %s: %w", buyer, err)
			}
			all[i] = played{sample: s, buyer: buyer, id: placed.ID}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	d.screen.title(number, s.title)
	for _, p := range all {
		d.screen.link(p.label(), d.link(p.id))
	}
	watching, stop := context.WithTimeout(ctx, patience)
	defer stop()
	for h := range d.watch(watching, all) {
		p := &all[h.of]
		if h.err != nil {
			d.screen.problem(h.err)
			continue
		}
		p.events = append(p.events, h.Type)
		// Not the recorded time: Stripe's clock shows whole seconds.
		d.screen.happening(time.Since(begun), p.label(), h.Happening, s.request(p.buyer, d.name))
	}
	d.screen.line("")
	return all, ctx.Err()
}

// label sets apart what is shown of several buyers; one alone needs none.
func (p played) label() string {
	if len(p.buyers) == 1 {
		return ""
	}
	return p.buyer + "  "
}

// heard is what happened to one of the orders, or why no more is heard of it.
type heard struct {
	client.Happening
	of  int
	err error
}

// watch follows all orders until each has ended, or ctx has.
func (d demo) watch(ctx context.Context, all []played) <-chan heard {
	hears := make(chan heard)
	var watches sync.WaitGroup
	for i, p := range all {
		watches.Go(func() {
			for h, err := range d.api.Watch(ctx, p.id) {
				hears <- heard{Happening: h, of: i, err: err}
			}
		})
	}
	go func() {
		watches.Wait()
		close(hears)
	}()
	return hears
}
