package shipping

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"makegood/order"
)

// Config is how to reach the carrier.
type Config struct {
	// URL is the base of its API.
	URL string
	// Namespace is the shipper whose references the orders' ids are: it sets
	// several makegoods at one carrier apart.
	Namespace string
	// Around puts limits around the transport that requests go over; nil puts
	// none.
	Around func(http.RoundTripper) http.RoundTripper
}

// HTTP is the Carrier whose contract is docs/carrier.openapi.yaml.
type HTTP struct {
	base      string
	shipper   string
	client    *http.Client
	transport *http.Transport
}

var _ Carrier = (*HTTP)(nil)

// requestTimeout bounds a request that nobody gave a deadline.
const requestTimeout = 80 * time.Second

// NewHTTP makes the adapter. It connects to nothing yet.
func NewHTTP(config Config) (*HTTP, error) {
	base, err := url.Parse(config.URL)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, fmt.Errorf("shipping: %q is not the URL of a carrier", config.URL)
	}
	if config.Namespace == "" {
		return nil, errors.New("shipping: the namespace is missing")
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	// A worker runs many orders at once against one host.
	transport.MaxIdleConns, transport.MaxIdleConnsPerHost = 0, 256
	var way http.RoundTripper = transport
	if config.Around != nil {
		way = config.Around(transport)
	}
	return &HTTP{
		base:      strings.TrimSuffix(config.URL, "/"),
		shipper:   config.Namespace,
		client:    &http.Client{Transport: way, Timeout: requestTimeout},
		transport: transport,
	}, nil
}

// Close drops the connections that nobody uses.
func (h *HTTP) Close() { h.transport.CloseIdleConnections() }

// Ship creates the shipment under the order's id.
func (h *HTTP) Ship(ctx context.Context, o order.Order) (order.Outcome, error) {
	r, err := h.put(ctx, o, "")
	if err != nil {
		return order.Outcome{}, fmt.Errorf("create shipment: %w", err)
	}
	outcome := order.Outcome{Step: order.Ship, At: r.CreatedAt}
	switch r.Status {
	case accepted:
		outcome.Reference, outcome.Tracking = r.ID, r.Tracking
		return outcome, nil
	case undeliverable:
		outcome.Reason, outcome.Detail = order.Undeliverable, r.Detail
	case fenced:
		outcome.Reason = order.Fenced
	default:
		return order.Outcome{}, fmt.Errorf("create shipment: unknown status %q", r.Status)
	}
	return order.Outcome{}, order.Reject(outcome)
}

// Fence fences the order's id.
func (h *HTTP) Fence(ctx context.Context, o order.Order) (order.Outcome, error) {
	r, err := h.put(ctx, o, "/fence")
	if err != nil {
		return order.Outcome{}, fmt.Errorf("fence shipment: %w", err)
	}
	outcome := order.Outcome{Step: order.Fence, At: r.CreatedAt}
	switch r.Status {
	case accepted:
		outcome.Reference, outcome.Tracking = r.ID, r.Tracking
	case fenced, undeliverable: // either way there is no parcel and never will be
		outcome.Null = true
	default:
		return order.Outcome{}, fmt.Errorf("fence shipment: unknown status %q", r.Status)
	}
	return outcome, nil
}

// put sends the order's shipment and reads what its reference came to.
func (h *HTTP) put(ctx context.Context, o order.Order, action string) (record, error) {
	body, err := json.Marshal(shipment{Fingerprint: o.Fingerprint(), Recipient: o.ShippingAddress, Items: items(o)})
	if err != nil {
		return record{}, err
	}
	target := h.base + "/shipments/" + url.PathEscape(string(o.ID)) + action + "?shipper=" + url.QueryEscape(h.shipper)
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, target, bytes.NewReader(body))
	if err != nil {
		return record{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := h.client.Do(req)
	if err != nil {
		return record{}, err
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return record{}, fmt.Errorf("read answer: %w", err)
	}
	return readAnswer(res.StatusCode, text)
}
