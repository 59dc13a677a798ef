package console

import (
	"net/http"

	"makegood/api/client"
	"makegood/order"
)

type orderPage struct {
	Order client.Order
	// Picture is what was done and undone, by step.
	Picture []step
	Money   money
	Work    client.Work
	// WorkError and SentError are why those are missing.
	WorkError *client.Problem
	Sent      []delivery
	SentError *client.Problem
	Parcel    *parcel
	// Final says that nothing more will happen to the order.
	Final, MayCancel bool
}

// money is what the timeline says of it, in minor units.
type money struct {
	Taken, Returned, Kept int64
	// ByHand says that a person returned it, past the payment provider.
	ByHand bool
}

type parcel struct{ ID, Tracking string }

// delivery is one with the name of the mail that it was.
type delivery struct {
	client.Delivery
	What string
}

func (c *console) order(r *http.Request) (view, error) {
	id := order.ID(r.PathValue("id"))
	o, err := c.api.Get(r.Context(), id)
	if err != nil {
		return view{}, err
	}
	p := orderPage{Order: o, Final: o.Status.Final()}
	if p.Work, err = c.api.Attempts(r.Context(), id); err != nil {
		p.WorkError = problemOf(err)
	}
	deliveries, err := c.api.Deliveries(r.Context(), id)
	if err != nil {
		p.SentError = problemOf(err)
	}
	settled := p.Final && err == nil
	for _, d := range deliveries {
		p.Sent = append(p.Sent, delivery{d, what(d)})
		settled = settled && d.State != "expected" && d.State != "underway" && d.State != "redriving"
	}
	for _, h := range o.Timeline {
		switch {
		case h.Payment != nil:
			p.Money.Taken += h.Payment.Amount
		case h.Refund != nil:
			p.Money.Returned += h.Refund.Amount
		case h.Parcel != nil:
			p.Parcel = &parcel{h.Parcel.ID, h.Parcel.Tracking}
		case h.Settlement != nil && h.Settlement.Step == order.Refund: // by hand, all of it
			p.Money.Returned, p.Money.ByHand = p.Money.Taken, true
		}
	}
	p.Money.Kept = p.Money.Taken - p.Money.Returned
	p.Picture = draw(o, p.Work.Attempts)
	p.MayCancel = !p.Final && p.Parcel == nil && (o.Reason == "" || o.Reason == order.CancelledByShop)
	v := view{Page: "order", Title: "Order " + string(id), Data: p, Said: said[r.URL.Query().Get("said")]}
	if !p.Final {
		v.Live, v.Every = "/v1/orders/"+string(id)+"/events", "5s" // attempts that fail are no events
	} else if !settled {
		v.Every = "5s"
	}
	return v, nil
}

// what names the mail that an event makes.
func what(d client.Delivery) string {
	if d.Consumer != "email" {
		return "Webhook"
	}
	switch d.Type {
	case order.EventCompleted:
		return "Receipt"
	case order.EventRefunded:
		return "Refund notice"
	case order.EventRejected:
		return "Apology"
	default:
		return "Mail"
	}
}
