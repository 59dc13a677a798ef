package client

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"makegood/order"
)

// Placed is how an order stands once it was taken.
type Placed struct {
	ID     order.ID     `json:"id"`
	Status order.Status `json:"status"`
}

// Order is how an order stands: what was asked for, and its story so far.
type Order struct {
	ID     order.ID     `json:"id"`
	Status order.Status `json:"status"`
	// Reason is why it did not ship, or is turning back; else empty.
	Reason order.Reason `json:"reason"`
	// Total is in the currency's minor unit.
	Total     int64     `json:"total"`
	CreatedAt time.Time `json:"created_at"`
	order.Request
	// Attention is what needs a person, of needs_attention; else nil.
	Attention *Attention `json:"attention,omitempty"`
	// Timeline is in the order in which things happened.
	Timeline []Happening `json:"timeline"`
}

// Summary is an order as a list shows it.
type Summary struct {
	ID         order.ID     `json:"id"`
	Status     order.Status `json:"status"`
	CustomerID string       `json:"customer_id"`
	Currency   string       `json:"currency"`
	// Total is in the currency's minor unit.
	Total     int64        `json:"total"`
	Reason    order.Reason `json:"reason"`
	CreatedAt time.Time    `json:"created_at"`
}

// Page is some orders, newest first.
type Page struct {
	Items []Summary `json:"items"`
	// NextCursor is where the next page begins; empty after the last one.
	NextCursor string `json:"next_cursor"`
}

// Filter says which orders to list. Its zero value means all.
type Filter struct {
	Status     order.Status
	CustomerID string
}

// Place places an order. With a key it is safe to retry: the same key and body
// are the same order, and another body is a *Problem named
// idempotency_key_reused. Without one, each call is a new order.
//
// It answers once the status is final or wait is over, in whole seconds, at
// most 60 as far as the gateway goes. An order that stock can't fill now is a
// *Problem named out_of_stock with its Shortages; one that comes when too many do
// is one named overloaded, for which nothing was started: it is safe to retry
// also without a key.
func (c *Client) Place(ctx context.Context, request order.Request, key string, wait time.Duration) (Placed, error) {
	a := call{method: http.MethodPost, path: "/v1/orders", header: keyed(key), body: request}
	if wait > 0 {
		a.header.Set("Prefer", fmt.Sprintf("wait=%d", int(math.Ceil(wait.Seconds()))))
	}
	var placed Placed
	a.into = &placed
	if err := c.do(ctx, a); err != nil {
		return Placed{}, fmt.Errorf("place order: %w", err)
	}
	return placed, nil
}

// Get returns how the order stands. It changes nothing.
func (c *Client) Get(ctx context.Context, id order.ID) (Order, error) {
	var o Order
	if err := c.do(ctx, call{method: http.MethodGet, path: orderPath(id), into: &o}); err != nil {
		return Order{}, fmt.Errorf("get order %s: %w", id, err)
	}
	return o, nil
}

// List returns one page of up to limit orders, 1 to 100, newest first; 0 leaves
// the size to the gateway. The empty cursor is the first page's. A list may lag
// a second behind Get. It changes nothing.
func (c *Client) List(ctx context.Context, filter Filter, cursor string, limit int) (Page, error) {
	query := url.Values{}
	for name, value := range map[string]string{"status": string(filter.Status), "customer_id": filter.CustomerID, "cursor": cursor} {
		if value != "" {
			query.Set(name, value)
		}
	}
	if limit != 0 {
		query.Set("limit", strconv.Itoa(limit))
	}
	var page Page
	if err := c.do(ctx, call{method: http.MethodGet, path: "/v1/orders", query: query, into: &page}); err != nil {
		return Page{}, fmt.Errorf("list orders: %w", err)
	}
	return page, nil
}

// Cancel takes the order back. It returns once that is recorded: the order ends
// cancelled, or completed if the carrier already had the parcel. It is safe to
// retry. An order that can't be cancelled any more is a *Problem named
// already_shipped or already_rejected.
func (c *Client) Cancel(ctx context.Context, id order.ID) (Placed, error) {
	var placed Placed
	if err := c.do(ctx, call{method: http.MethodPost, path: orderPath(id) + "/cancel", into: &placed}); err != nil {
		return Placed{}, fmt.Errorf("cancel order %s: %w", id, err)
	}
	return placed, nil
}

// Attention is what needs a person, and why. Detail is empty if the step is
// only late.
type Attention struct {
	Step   order.Step `json:"step"`
	Since  time.Time  `json:"since"`
	Detail string     `json:"detail,omitempty"`
}

// Word is what an operator says of an order that needs attention. Action is
// retry or settled; the rest is of settled, and Step the one that waits.
type Word struct {
	Action    string     `json:"action"`
	Step      order.Step `json:"step,omitempty"`
	By        string     `json:"by,omitempty"`
	Note      string     `json:"note,omitempty"`
	Reference string     `json:"reference,omitempty"`
}

// Settle says what is to become of an order that needs attention. It returns
// once that is recorded, and is safe to retry. A word that nothing waits for is
// a *Problem named nothing_to_settle.
func (c *Client) Settle(ctx context.Context, id order.ID, word Word) (Placed, error) {
	var placed Placed
	if err := c.do(ctx, call{method: http.MethodPost, path: orderPath(id) + "/settle", body: word, into: &placed}); err != nil {
		return Placed{}, fmt.Errorf("settle order %s: %w", id, err)
	}
	return placed, nil
}

func orderPath(id order.ID) string { return "/v1/orders/" + url.PathEscape(string(id)) }

// keyed is the header of a call that its key makes safe to retry.
func keyed(key string) http.Header {
	if key == "" {
		return http.Header{}
	}
	return http.Header{"Idempotency-Key": {key}}
}
