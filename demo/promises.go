package demo

import (
	"fmt"
	"slices"

	"makegood/order"
)

// Verdict is one promise and where it was broken; kept if nowhere.
type Verdict struct {
	Promise string
	Broken  []string
}

// Check holds the facts against every promise. It is pure.
func Check(f Facts) []Verdict {
	return []Verdict{
		ofEach("Every order ended as it must, with its reason.", f.Orders, ended),
		ofEach("What was done and undone was told once each, in order.", f.Orders, told),
		ofEach("Money was taken for what ships; all other money went back.", f.Orders, paid),
		{"Stock is less by what shipped, and nothing is held.", shelved(f)},
		ofEach("There is one parcel for what ships, and none for the rest.", f.Orders, sent),
		ofEach("Each customer got each mail exactly once: receipt, refund notice, apology.", f.Orders, mailedTo),
	}
}

func ofEach(promise string, orders []OrderFacts, check func(OrderFacts) []string) Verdict {
	v := Verdict{Promise: promise}
	for _, o := range orders {
		for _, broken := range check(o) {
			v.Broken = append(v.Broken, o.Name+": "+broken)
		}
	}
	return v
}

func ended(o OrderFacts) []string {
	if o.Status == o.Ending.Status && o.Reason == o.Ending.Reason {
		return nil
	}
	return []string{fmt.Sprintf("is %s, and must be %s", withReason(o.Status, o.Reason), withReason(o.Ending.Status, o.Ending.Reason))}
}

func withReason(status order.Status, reason order.Reason) string {
	if reason == "" {
		return string(status)
	}
	return fmt.Sprintf("%s (%s)", status, reason)
}

func told(o OrderFacts) []string {
	if slices.Equal(o.Events, o.Ending.Events) {
		return nil
	}
	return []string{fmt.Sprintf("told %v, and must tell %v", o.Events, o.Ending.Events)}
}

// ships tells whether the order must ship, whatever it did.
func (o OrderFacts) ships() bool { return o.Ending.Status == order.Completed }

// paid holds the provider's ledger against what was told: a charge takes the
// total, a refund returns it, and nothing else moves money.
func paid(o OrderFacts) (broken []string) {
	for _, move := range []struct {
		event  order.EventType
		name   string
		amount int64
	}{{order.EventCharged, "taken", o.Taken}, {order.EventRefunded, "returned", o.Returned}} {
		must := order.Money{Currency: o.Order.Currency}
		if slices.Contains(o.Ending.Events, move.event) {
			must = o.Order.Total()
		}
		if is := (order.Money{Amount: move.amount, Currency: o.Order.Currency}); is != must {
			broken = append(broken, fmt.Sprintf("%s %s, and must be %s", is, move.name, must))
		}
	}
	return broken
}

func shelved(f Facts) (broken []string) {
	for _, s := range f.Stock {
		var shipped int64
		for _, o := range f.Orders {
			for _, l := range o.Order.Quantities() {
				if o.ships() && l.SKU == s.After.SKU {
					shipped += l.Quantity
				}
			}
		}
		if want := s.Before.OnHand - shipped; s.After.OnHand != want {
			broken = append(broken, fmt.Sprintf("%s: %d on hand, and must be %d", s.After.SKU, s.After.OnHand, want))
		}
		if s.After.Held != 0 {
			broken = append(broken, fmt.Sprintf("%s: %d still held", s.After.SKU, s.After.Held))
		}
	}
	return broken
}

func sent(o OrderFacts) []string {
	want := 0
	if o.ships() {
		want = 1
	}
	if o.Parcels == want {
		return nil
	}
	return []string{fmt.Sprintf("%d parcels, and must be %d", o.Parcels, want)}
}

// mailsPromised is how many mails must tell of the event.
func (o OrderFacts) mailsPromised(event order.EventType) int {
	if slices.Contains(o.Ending.Events, event) {
		return 1
	}
	return 0
}

func (o OrderFacts) mailsMissing() bool {
	return slices.ContainsFunc(mailed, func(m mailKind) bool { return o.Mails[m.event] < o.mailsPromised(m.event) })
}

func mailedTo(o OrderFacts) (broken []string) {
	for _, m := range mailed {
		if got, want := o.Mails[m.event], o.mailsPromised(m.event); got != want {
			broken = append(broken, fmt.Sprintf("%s sent %d times, and must be %d", m.name, got, want))
		}
	}
	if o.Strays > 0 {
		broken = append(broken, fmt.Sprintf("%d mails of nothing that happened", o.Strays))
	}
	return broken
}
