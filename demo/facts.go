package demo

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"makegood/api/client"
	"makegood/events"
	"makegood/order"
)

// Facts is what the ledgers hold of the demo's orders.
type Facts struct {
	Orders []OrderFacts
	Stock  []StockFacts
}

// OrderFacts is one order: how it must end, and all that is known of it.
type OrderFacts struct {
	Name   string
	Ending Ending
	Order  order.Request
	Status order.Status
	Reason order.Reason
	// Events are those of the live stream, as they came.
	Events []order.EventType
	// Taken and Returned are in minor units.
	Taken, Returned int64
	Parcels         int
	// Mails counts them by the event that they tell of.
	Mails map[order.EventType]int
	// Strays counts mails to the customer that tell of none of the order's events.
	Strays int
}

// Ending is how an order must end.
type Ending struct {
	Status order.Status
	Reason order.Reason
	Events []order.EventType
}

// Share says how the orders of buyers who want the same stock must end. The
// endings, one each, are in the order of who holds it: who was told of a
// reservation comes before who was not. Two who both got the last unit break
// their promises then, and so do two who both did not.
func Share(buyers []OrderFacts, endings []Ending) {
	next := 0
	for _, holds := range []bool{true, false} {
		for i := range buyers {
			if slices.Contains(buyers[i].Events, order.EventReserved) == holds {
				buyers[i].Ending = endings[next]
				next++
			}
		}
	}
}

// StockFacts is one SKU before the first order and after the last.
type StockFacts struct{ Before, After client.Level }

// mailPatience is how long mails may take: they are sent after the order has
// ended, by consumers that may have to find the broker again first.
const mailPatience = 30 * time.Second

// mailKind is what a mail is called that tells of the event.
type mailKind struct {
	event order.EventType
	name  string
}

var mailed = []mailKind{
	{order.EventCompleted, "receipt"},
	{order.EventRefunded, "refund notice"},
	{order.EventRejected, "apology"},
}

// gather reads all ledgers, the mailbox when every mail is there, or late.
func (d demo) gather(ctx context.Context, all [][]played, before []client.Level) (Facts, error) {
	var f Facts
	for _, buyers := range all {
		facts := make([]OrderFacts, len(buyers))
		for i, p := range buyers {
			var err error
			if facts[i], err = d.order(ctx, p); err != nil {
				return Facts{}, err
			}
		}
		Share(facts, buyers[0].endings)
		f.Orders = append(f.Orders, facts...)
	}
	for _, l := range before {
		after, err := d.api.Stock(ctx, l.SKU)
		if err != nil {
			return Facts{}, err
		}
		f.Stock = append(f.Stock, StockFacts{Before: l, After: after})
	}
	return f, d.mails(ctx, slices.Concat(all...), f.Orders)
}

func (d demo) order(ctx context.Context, p played) (OrderFacts, error) {
	o, err := d.api.Get(ctx, p.id)
	if err != nil {
		return OrderFacts{}, err
	}
	f := OrderFacts{
		Name: p.name(), Order: o.Request,
		Status: o.Status, Reason: o.Reason, Events: p.events,
	}
	payments, err := d.books.payments(ctx, p.id, d.began)
	if err != nil {
		return OrderFacts{}, err
	}
	for _, paid := range payments {
		f.Taken += paid.AmountReceived
		returned, err := d.books.returned(ctx, paid.ID)
		if err != nil {
			return OrderFacts{}, err
		}
		f.Returned += returned
	}
	f.Parcels, err = d.books.parcels(ctx, p.id)
	return f, err
}

// mails waits until every mail that was promised is there, then counts.
func (d demo) mails(ctx context.Context, all []played, facts []OrderFacts) error {
	const pause = 50 * time.Millisecond
	for deadline := time.Now().Add(mailPatience); ; {
		missing := false
		for i, p := range all {
			ids, err := d.books.mails(ctx, mailbox(p.buyer, d.name))
			if err != nil {
				return err
			}
			facts[i].Mails, facts[i].Strays = sortMails(p, ids)
			missing = missing || facts[i].mailsMissing()
		}
		if !missing || time.Now().After(deadline) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for mails: %w", ctx.Err())
		case <-time.After(pause):
		}
	}
}

// sortMails knows a mail by its Message-ID, whose left side is the event's id.
func sortMails(p played, messageIDs []string) (byEvent map[order.EventType]int, strays int) {
	byEvent = map[order.EventType]int{}
	types := map[string]order.EventType{}
	for i, t := range p.events {
		types[events.ID(p.id, i+1)] = t
	}
	for _, id := range messageIDs {
		event, _, _ := strings.Cut(id, "@")
		if t, known := types[event]; known {
			byEvent[t]++
		} else {
			strays++
		}
	}
	return byEvent, strays
}
