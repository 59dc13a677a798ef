package invariants

import "makegood/order"

func (c *checker) money(a *account) {
	var taken, returned int64
	captures := 0
	byHand := a.byHand(order.Charge, order.Refund)
	for _, i := range a.intents {
		taken += i.Taken
		if i.Taken > 0 {
			captures++
		}
		back, under := returns(a.refunds[i.ID])
		returned += back
		if back+under > i.Taken {
			c.report(RefundWithinCapture, a.ID, "intent %s took %d, and its refunds are %d", i.ID, i.Taken, back+under)
		}
		if a.Status.Final() && !byHand && i.Status != "succeeded" && i.Status != "canceled" {
			c.report(NoOpenIntent, a.ID, "intent %s is %s, and the order %s", i.ID, i.Status, a.Status)
		}
	}
	if captures > 1 {
		c.report(OneCapture, a.ID, "money was taken %d times, %d in all", captures, taken)
	}
	if !a.Status.Final() || byHand {
		return
	}
	var due int64
	if a.Status == order.Completed {
		due = a.Total
	}
	if taken-returned != due {
		c.report(NetMoney, a.ID, "%d was taken and %d returned of an order that is %s; it must leave %d", taken, returned, a.Status, due)
	}
}

// returns adds up what went back, and what is on its way.
func returns(refunds []Refund) (back, under int64) {
	for _, r := range refunds {
		switch r.Status {
		case "failed", "canceled":
		case "succeeded":
			back += r.Amount
		default:
			under += r.Amount
		}
	}
	return back, under
}
