package client

import (
	"context"
	"fmt"
	"iter"
	"net/url"
	"strings"

	"makegood/events"
	"makegood/order"
)

// Event is one event of any order.
type Event struct {
	// ID is the same however often the event is published.
	ID      string   `json:"id"`
	OrderID order.ID `json:"order_id"`
	Happening
	// Order holds what the event says of the order: customer, currency, lines.
	Order order.Request `json:"-"`
}

// EventFilter says which events to watch. Its zero value means all.
type EventFilter struct {
	Types      []order.EventType
	CustomerID string
}

// WatchAll yields the events of all orders as the broker confirms them, from
// now on, until ctx ends. One that was published again comes again, under its
// ID. It takes broken connections up as Watch does, and ends as that does; one
// that breaks before anything has come leaves out what happens until there is
// another.
func (c *Client) WatchAll(ctx context.Context, filter EventFilter) iter.Seq2[Event, error] {
	query := url.Values{}
	if len(filter.Types) > 0 {
		names := make([]string, len(filter.Types))
		for i, t := range filter.Types {
			names[i] = string(t)
		}
		query.Set("type", strings.Join(names, ","))
	}
	if filter.CustomerID != "" {
		query.Set("customer_id", filter.CustomerID)
	}
	return func(yield func(Event, error) bool) {
		w := watch{client: c, path: "/v1/events", query: query, hear: func(data string) (bool, error) {
			e, err := eventOf(data)
			return err == nil && !yield(e, nil), err
		}}
		if err := w.follow(ctx); err != nil {
			yield(Event{}, fmt.Errorf("watch events: %w", err))
		}
	}
}

func eventOf(text string) (Event, error) {
	event, err := events.Decode([]byte(text))
	if err != nil {
		return Event{}, err
	}
	said, err := events.DataOf(event)
	if err != nil {
		return Event{}, err
	}
	return Event{
		ID: event.ID, OrderID: event.Subject, Happening: happeningOf(event, said),
		Order: order.Request{CustomerID: said.CustomerID, Email: said.Email, Currency: said.Currency, Lines: said.Lines},
	}, nil
}
