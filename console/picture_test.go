package console_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/api/client"
	"makegood/console"
	"makegood/events"
	"makegood/order"
)

func TestThePictureShowsWhatWasDoneAndUndone(t *testing.T) {
	happened := func(types ...order.EventType) (timeline []client.Happening) {
		for i, is := range types {
			h := client.Happening{Sequence: i + 1, Type: is, Time: time.Unix(int64(i), 0)}
			if is == order.EventSettled {
				h.Settlement = &events.Settlement{Step: order.Refund, By: "ada"}
			}
			timeline = append(timeline, h)
		}
		return timeline
	}
	tried := func(activity, state string, attempts int) client.Attempt {
		return client.Attempt{Activity: activity, State: state, Attempts: attempts, LastFailure: "busy"}
	}
	for name, c := range map[string]struct {
		timeline  []client.Happening
		attempts  []client.Attempt
		attention order.Step
		want      string
	}{
		"an order that has begun": {
			timeline: happened(order.EventPlaced),
			attempts: []client.Attempt{tried("Charge", "failed", 1), tried("Charge", "waiting", 2)},
			want:     "charge trying 3, reserve idle, ship idle, commit idle",
		},
		"one that shipped": {
			timeline: happened(order.EventPlaced, order.EventCharged, order.EventReserved, order.EventShipmentScheduled, order.EventCompleted),
			want:     "charge done, reserve done, ship done, commit done",
		},
		"one whose payment was declined": {
			timeline: happened(order.EventPlaced, order.EventDeclined, order.EventRejected),
			attempts: []client.Attempt{tried("Charge", "failed", 1)},
			want:     "charge refused, reserve idle, ship idle, commit idle",
		},
		"one that is undone": {
			timeline: happened(order.EventPlaced, order.EventCharged, order.EventReserved, order.EventShipmentRejected, order.EventReleased),
			attempts: []client.Attempt{tried("Ship", "failed", 3), tried("Release", "done", 1), tried("Refund", "running", 1)},
			want:     "charge done (refund trying), reserve done (release done), ship refused 2, commit idle",
		},
		"one that waits for a person": {
			timeline:  happened(order.EventPlaced, order.EventCharged, order.EventStockRejected, order.EventNeedsAttention),
			attempts:  []client.Attempt{tried("Refund", "waiting", 4)},
			attention: order.Refund,
			want:      "charge done (refund waits 4), reserve refused, ship idle, commit idle",
		},
		"one that was settled by hand": {
			timeline: happened(order.EventPlaced, order.EventCharged, order.EventStockRejected, order.EventNeedsAttention, order.EventSettled, order.EventRejected),
			want:     "charge done (refund done), reserve refused, ship idle, commit idle",
		},
		"one whose parcel was stopped before it began": {
			timeline: happened(order.EventPlaced, order.EventCharged),
			attempts: []client.Attempt{tried("Fence", "done", 1)},
			want:     "charge done, reserve idle, ship idle (fence done), commit idle",
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := client.Order{Timeline: c.timeline}
			if c.attention != "" {
				o.Attention = &client.Attention{Step: c.attention}
			}
			var said []string
			for _, s := range console.Draw(o, c.attempts) {
				text := s.Do.Name + " " + s.Do.State
				if s.Do.Failed > 0 {
					text += fmt.Sprint(" ", s.Do.Failed)
				}
				if s.Undo != nil && s.Undo.State != "idle" {
					text += " (" + s.Undo.Name + " " + s.Undo.State
					if s.Undo.Failed > 0 {
						text += fmt.Sprint(" ", s.Undo.Failed)
					}
					text += ")"
				}
				said = append(said, text)
			}
			require.Equal(t, c.want, strings.Join(said, ", "))
		})
	}
}
