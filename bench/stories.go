package bench

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"makegood/events"
	"makegood/order"
)

// storyLength is how many events an order that ships has.
const storyLength = 5

// stories makes the events of so many orders that ship, as the saga publishes
// them. The first one's number says where in all stories of a run they begin.
func stories(first int64, n int) ([][]events.Event, error) {
	all := make([][]events.Event, n)
	b := baskets(100)[1]
	for i := range all {
		o := b.order(first + int64(i))
		at := time.Now()
		o.PlacedAt = at
		o.Traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
		var err error
		all[i], err = events.Of(o, order.Tell(o, []order.Outcome{
			{Step: order.Charge, At: at, Reference: "pi_3PqLm2AbCdEfGhIj0kLmNoPq", Amount: o.Total().Amount},
			{Step: order.Reserve, At: at},
			{Step: order.Ship, At: at, Reference: "par_01HZX5", Tracking: "TRK0123456789"},
			{Step: order.Commit, At: at},
		}).Timeline)
		if err != nil {
			return nil, err
		}
		if len(all[i]) != storyLength {
			return nil, fmt.Errorf("an order that ships has %d events, not %d", len(all[i]), storyLength)
		}
	}
	return all, nil
}

// storyOf is the number of the story that an event is of.
func storyOf(e events.Event) (int64, error) {
	digits, _ := strings.CutPrefix(string(e.Subject), "ord_")
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("an event of order %q came, which is not of this run", e.Subject)
	}
	return n, nil
}
