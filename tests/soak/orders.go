package soak

import (
	"fmt"
	"math/rand/v2"
	"time"

	"makegood/order"
)

// Order is one order of a plan, and what people do with it.
type Order struct {
	At time.Duration
	*Kind
	// Key is the idempotency key; ID, the order's id, follows from it.
	Key     string
	ID      order.ID
	Request order.Request
	// Wait is what the shop prefers its POST to wait for the order's end.
	Wait time.Duration
	// Deeds are done each so long after the first answer to the POST.
	Deeds []Deed
	// Retries is how often a person has it tried again when it needs attention.
	Retries int
}

// Deed is what somebody does to an order while it goes its way.
type Deed struct {
	After time.Duration
	Act   Act
	// Point is where a reset goes back to, from 0, the first workflow task, to 1, the last.
	Point float64
}

// Act is what somebody does.
type Act string

// The acts. The shop's own are PostAgain and Cancel; the others are buttons of
// the Temporal Web UI.
const (
	PostAgain Act = "posts again"
	Cancel    Act = "cancels"
	CancelUI  Act = "cancels in the Web UI"
	Terminate Act = "terminates"
	Reset     Act = "resets"
)

// everyOrder is the pause between two orders, on average: enough for some
// thousands in ten minutes on two cores that also restart servers.
const everyOrder = 250 * time.Millisecond

func orders(seed uint64, length time.Duration) []Order {
	pauses := dice(seed, "orders")
	var all []Order
	for at := around(pauses, everyOrder); at < length; at += around(pauses, everyOrder) {
		o := newOrder(dice(seed, fmt.Sprintf("order %d", len(all))), fmt.Sprintf("soak %d, order %d", seed, len(all)))
		o.At = at
		all = append(all, o)
	}
	return all
}

func newOrder(d *rand.Rand, key string) Order {
	o := Order{
		Kind: &Kinds[weighed(d, len(Kinds), func(i int) int { return Kinds[i].weight })],
		Key:  key, ID: order.IDFromKey(key), Request: request(d),
		Wait:    pick(d, 0, 0, 2*time.Second, 10*time.Second),
		Retries: d.IntN(3),
	}
	o.change(d, &o.Request)
	for after := soon(d); chance(d, 15); after += soon(d) {
		o.Deeds = append(o.Deeds, Deed{After: after, Act: PostAgain})
	}
	for after := soon(d); chance(d, 30); after += soon(d) {
		act := pick(d, Cancel, Cancel, CancelUI, CancelUI, Terminate, Reset)
		o.Deeds = append(o.Deeds, Deed{After: after, Act: act, Point: d.Float64()})
	}
	return o
}

// soon is as often within the lane's second as after it.
func soon(d *rand.Rand) time.Duration {
	return between(d, 0, pick(d, 60*time.Millisecond, 500*time.Millisecond, 2*time.Second, 6*time.Second))
}

func request(d *rand.Rand) order.Request {
	customer := fmt.Sprintf("cus_%02d", d.IntN(40))
	r := order.Request{
		CustomerID: customer, Email: customer + "@example.com", Currency: "EUR",
		PaymentMethod: pick(d, "pm_card_visa", "pm_card_mastercard", "pm_card_amex"),
		ShippingAddress: order.Address{
			Name: "Ada", Line1: fmt.Sprintf("%d Main St", 1+d.IntN(99)), City: "Berlin", PostalCode: "10115", Country: "DE",
		},
	}
	for range 1 + d.IntN(3) {
		r.Lines = append(r.Lines, order.Line{SKU: pick(d, plentifulSKUs...), Quantity: 1 + d.Int64N(3), UnitPrice: price(d)})
	}
	return r
}

// price is at least Stripe's minimum for a whole charge.
func price(d *rand.Rand) int64 { return 50 + d.Int64N(9950) }

// Has tells whether somebody does this to the order.
func (o Order) Has(acts ...Act) bool {
	for _, deed := range o.Deeds {
		for _, act := range acts {
			if deed.Act == act {
				return true
			}
		}
	}
	return false
}

// MayEnd tells whether the order may end so. A step that had its time may end
// any order: what it waited for was down.
func (o Order) MayEnd(status order.Status, reason order.Reason) bool {
	switch {
	case status == order.Completed:
		return o.Ships
	case status == order.Rejected && reason == order.StepDeadline:
		return true
	case status == order.Rejected:
		for _, refused := range o.Refused {
			if reason == refused {
				return true
			}
		}
		return false
	case status == order.Cancelled && reason == order.CancelledByShop:
		// A reset order that finds its own fences ends as a cancelled one.
		return o.Has(Cancel, CancelUI, Reset)
	case status == order.Cancelled && reason == order.Terminated:
		return o.Has(Terminate)
	default:
		return false
	}
}
