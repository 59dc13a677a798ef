package client

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"makegood/order"
)

// Letter is an event that its consumer could not handle.
type Letter struct {
	// ID is the consumer and the event's id.
	ID       string `json:"id"`
	Consumer string `json:"consumer"`
	// State is dead, redriving, redriven or discarded.
	State string `json:"state"`
	// OrderID, Type and EventID are empty if what died is no event.
	OrderID order.ID        `json:"order_id"`
	Type    order.EventType `json:"type"`
	EventID string          `json:"event_id"`
	// Reason is permanent, attempts, delivery_limit or rejected.
	Reason     string    `json:"reason"`
	Attempts   int       `json:"attempts"`
	FirstError string    `json:"first_error"`
	LastError  string    `json:"last_error"`
	FirstAt    time.Time `json:"first_at"`
	LastAt     time.Time `json:"last_at"`
	DiedAt     time.Time `json:"died_at"`
	// ClosedAt is when it was redriven or discarded; nil before.
	ClosedAt *time.Time `json:"closed_at,omitempty"`
	// By and Why are of a discarded letter.
	By  string `json:"discarded_by,omitempty"`
	Why string `json:"discarded_why,omitempty"`
}

// WholeLetter is a letter with what died: Event, or Raw if that is no JSON.
type WholeLetter struct {
	Letter
	Event json.RawMessage `json:"event,omitempty"`
	Raw   []byte          `json:"raw,omitempty"`
}

// LetterFilter says which dead letters. Its zero value means all that are dead
// or redriving.
type LetterFilter struct {
	Consumer string          `json:"consumer,omitempty"`
	Type     order.EventType `json:"type,omitempty"`
	OrderID  order.ID        `json:"order_id,omitempty"`
	Reason   string          `json:"reason,omitempty"`
}

// LetterPage is some dead letters, newest first.
type LetterPage struct {
	Items []Letter `json:"items"`
	// NextCursor is where the next page begins; empty after the last one.
	NextCursor string `json:"next_cursor"`
}

// ListDeadLetters returns one page of up to limit letters, 1 to 100; 0 leaves
// the size to the gateway. A page may have fewer, or none, and a next one all
// the same. An empty state means dead or redriving. It changes nothing.
func (c *Client) ListDeadLetters(ctx context.Context, filter LetterFilter, state, cursor string, limit int) (LetterPage, error) {
	query := url.Values{}
	for name, value := range map[string]string{
		"consumer": filter.Consumer, "type": string(filter.Type), "order_id": string(filter.OrderID),
		"reason": filter.Reason, "state": state, "cursor": cursor,
	} {
		if value != "" {
			query.Set(name, value)
		}
	}
	if limit != 0 {
		query.Set("limit", strconv.Itoa(limit))
	}
	var page LetterPage
	if err := c.do(ctx, call{method: http.MethodGet, path: "/v1/dead-letters", query: query, into: &page}); err != nil {
		return LetterPage{}, fmt.Errorf("list dead letters: %w", err)
	}
	return page, nil
}

// DeadLetter returns the letter with its event. It changes nothing.
func (c *Client) DeadLetter(ctx context.Context, id string) (WholeLetter, error) {
	var l WholeLetter
	if err := c.do(ctx, call{method: http.MethodGet, path: letterPath(id), into: &l}); err != nil {
		return WholeLetter{}, fmt.Errorf("get dead letter %s: %w", id, err)
	}
	return l, nil
}

// Redrive gives the letter back to its consumer. It returns once that is
// recorded, and is safe to retry. One that was discarded is a *Problem named
// already_discarded.
func (c *Client) Redrive(ctx context.Context, id string) (Letter, error) {
	var l Letter
	if err := c.do(ctx, call{method: http.MethodPost, path: letterPath(id) + "/redrive", into: &l}); err != nil {
		return Letter{}, fmt.Errorf("redrive dead letter %s: %w", id, err)
	}
	return l, nil
}

// RedriveAll gives back some thousand of the dead letters that match, all if
// the filter is zero. It returns how many, and where to go on, empty at the
// end. It is safe to retry.
func (c *Client) RedriveAll(ctx context.Context, filter LetterFilter, cursor string) (int, string, error) {
	body := struct {
		LetterFilter
		All    bool   `json:"all,omitempty"`
		Cursor string `json:"cursor,omitempty"`
	}{filter, filter == LetterFilter{}, cursor}
	var answer struct {
		Count      int    `json:"count"`
		NextCursor string `json:"next_cursor"`
	}
	if err := c.do(ctx, call{method: http.MethodPost, path: "/v1/dead-letters/redrive", body: body, into: &answer}); err != nil {
		return 0, "", fmt.Errorf("redrive dead letters: %w", err)
	}
	return answer.Count, answer.NextCursor, nil
}

// Discard takes the letter off the list for good; who and why stay on record.
// It is safe to retry. One that somebody else discarded is a *Problem named
// already_discarded, one whose redrive has begun already_redriven.
func (c *Client) Discard(ctx context.Context, id, by, reason string) (Letter, error) {
	var l Letter
	a := call{method: http.MethodPost, path: letterPath(id) + "/discard", body: map[string]string{"by": by, "reason": reason}, into: &l}
	if err := c.do(ctx, a); err != nil {
		return Letter{}, fmt.Errorf("discard dead letter %s: %w", id, err)
	}
	return l, nil
}

func letterPath(id string) string { return "/v1/dead-letters/" + url.PathEscape(id) }
