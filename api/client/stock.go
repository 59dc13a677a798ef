package client

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

// Level is how many units there are of one SKU.
type Level struct {
	SKU string `json:"sku"`
	// OnHand includes what is held.
	OnHand int64 `json:"on_hand"`
	// Held is what open orders have reserved.
	Held int64 `json:"held"`
	// Available is OnHand less Held.
	Available int64 `json:"available"`
}

// Stock returns the level of the SKU, or a *Problem named not_found if it was
// never in stock. It changes nothing.
func (c *Client) Stock(ctx context.Context, sku string) (Level, error) {
	var level Level
	if err := c.do(ctx, call{method: http.MethodGet, path: stockPath(sku), into: &level}); err != nil {
		return Level{}, fmt.Errorf("get stock of %s: %w", sku, err)
	}
	return level, nil
}

// StockPage is some levels, in the order of their SKUs' bytes.
type StockPage struct {
	Items []Level `json:"items"`
	// NextCursor is where the next page begins; empty after the last one.
	NextCursor string `json:"next_cursor"`
}

// LongestStockPage is how many levels a page has at most.
const LongestStockPage = 1000

// ListStock returns one page of up to limit levels, 1 to LongestStockPage; 0
// leaves the size to the gateway. The empty cursor is the first page's. It
// changes nothing.
func (c *Client) ListStock(ctx context.Context, cursor string, limit int) (StockPage, error) {
	query := url.Values{}
	if cursor != "" {
		query.Set("cursor", cursor)
	}
	if limit != 0 {
		query.Set("limit", strconv.Itoa(limit))
	}
	var page StockPage
	if err := c.do(ctx, call{method: http.MethodGet, path: "/v1/stock", query: query, into: &page}); err != nil {
		return StockPage{}, fmt.Errorf("list stock: %w", err)
	}
	return page, nil
}

// SetStock declares how many units are on hand, held ones included, and makes
// the SKU known. With a key it is safe to retry at any time; without one, a
// retry also undoes what was sold in between. Fewer than are held is a *Problem
// named below_held.
func (c *Client) SetStock(ctx context.Context, sku string, onHand int64, reason, key string) (Level, error) {
	return c.change(ctx, http.MethodPut, stockPath(sku), key, map[string]any{"on_hand": onHand}, "set", sku, reason)
}

// AdjustStock adds units, or takes them away if delta is negative. With a key it
// is safe to retry; without one, each call is a change of its own. Its problems
// are SetStock's, and not_found for taking from a SKU that was never in stock.
func (c *Client) AdjustStock(ctx context.Context, sku string, delta int64, reason, key string) (Level, error) {
	return c.change(ctx, http.MethodPost, stockPath(sku)+"/adjust", key, map[string]any{"delta": delta}, "adjust", sku, reason)
}

func (c *Client) change(ctx context.Context, method, path, key string, body map[string]any, verb, sku, reason string) (Level, error) {
	if reason != "" {
		body["reason"] = reason
	}
	var level Level
	a := call{method: method, path: path, header: keyed(key), body: body, into: &level}
	if err := c.do(ctx, a); err != nil {
		return Level{}, fmt.Errorf("%s stock of %s: %w", verb, sku, err)
	}
	return level, nil
}

func stockPath(sku string) string { return "/v1/stock/" + url.PathEscape(sku) }
