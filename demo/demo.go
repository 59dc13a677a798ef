// Package demo shows what makegood promises on five orders: two that ship and
// three that fail and are made good. It places them over the public API, tells
// what happens as it happens, then holds the ledgers of the payment provider,
// the stock, the carrier and the mailbox against each promise. It needs the
// simulators' ledgers, so it is nothing to run against a live shop.
package demo

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"strings"
	"time"

	"makegood/api/client"
	"makegood/order"
)

// World is the running system that the demo looks at, by its base URLs.
type World struct {
	// API is the gateway.
	API string
	// Simulators is where Stripe, the carrier and the mailbox are simulated.
	Simulators string
	// WebUI is Temporal's; empty for none.
	WebUI string
}

// patience is how long an order may take to end. It takes some 50 ms where
// nothing hangs.
const patience = time.Minute

// Run places the orders and shows on out what becomes of them. It returns an
// error if a promise is broken, or if it can't tell. It may be repeated: each
// run has orders and customers of its own, and stocks up its two SKUs again.
func Run(ctx context.Context, world World, out io.Writer) error {
	d := demo{
		api:    client.New(world.API, nil),
		books:  ledgers{base: strings.TrimRight(world.Simulators, "/")},
		webUI:  strings.TrimRight(world.WebUI, "/"),
		screen: newScreen(out),
		began:  time.Now(),
		name:   strings.ToLower(rand.Text()[:6]),
	}
	levels, err := d.stockUp(ctx)
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	var played [][]played
	for i, s := range samples {
		p, err := d.play(ctx, i+1, s)
		if err != nil {
			return fmt.Errorf("demo: %w", err)
		}
		played = append(played, p)
	}
	facts, err := d.gather(ctx, played, levels)
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	d.screen.totals(facts)
	return d.screen.verdicts(Check(facts))
}

type demo struct {
	api    *client.Client
	books  ledgers
	webUI  string
	screen *screen
	began  time.Time
	name   string // sets this run's orders and customers apart
}

func (d demo) stockUp(ctx context.Context) ([]client.Level, error) {
	levels := make([]client.Level, len(shelf))
	for i, l := range shelf {
		var err error
		levels[i], err = d.api.SetStock(ctx, l.SKU, l.Quantity, "demo", "demo-"+d.name+"-"+l.SKU)
		if err != nil {
			return nil, err
		}
	}
	return levels, nil
}

// link is where the Web UI shows the order's workflow; its id if there is none.
func (d demo) link(id order.ID) string {
	if d.webUI == "" {
		return string(id)
	}
	return d.webUI + "/namespaces/default/workflows/" + string(id)
}
