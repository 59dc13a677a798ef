package payments

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v85"
)

// Config is how to reach Stripe.
type Config struct {
	// Key is the secret API key: sk_test_… or sk_live_….
	Key string
	// URL is the API's base; empty means Stripe's own.
	URL string
	// Namespace sets the orders of several makegoods at one Stripe account
	// apart: it begins every idempotency key.
	Namespace string
	// Around puts limits around the transport that requests go over; nil puts
	// none.
	Around func(http.RoundTripper) http.RoundTripper
}

// Stripe is the Gateway to Stripe. One order is one payment intent. Its
// parameters are frozen for the order, and so is the API version with the
// library's: an upgrade of stripe-go must be checked against open orders.
type Stripe struct {
	namespace string
	api       *stripe.Client
	transport *http.Transport
}

var _ Gateway = (*Stripe)(nil)

// requestTimeout is what stripe-go gives a request by default. An activity's
// deadline is usually shorter.
const requestTimeout = 80 * time.Second

// NewStripe makes the gateway. It connects to nothing yet.
func NewStripe(config Config) (*Stripe, error) {
	if config.Key == "" {
		return nil, errors.New("payments: the Stripe API key is missing")
	}
	if config.Namespace == "" {
		return nil, errors.New("payments: the namespace is missing")
	}
	if config.URL == "" {
		config.URL = stripe.APIURL
	}
	base, err := url.Parse(config.URL)
	if err != nil || base.Host == "" {
		return nil, fmt.Errorf("payments: %q is not the URL of Stripe's API", config.URL)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	// A worker runs many orders at once against one host; each new connection
	// would cost a TLS handshake within the lane's second.
	transport.MaxIdleConns, transport.MaxIdleConnsPerHost = 0, 256
	var way http.RoundTripper = transport
	if config.Around != nil {
		way = config.Around(transport)
	}
	backends := stripe.NewBackendsWithConfig(&stripe.BackendConfig{
		URL: stripe.String(base.Scheme + "://" + base.Host),
		HTTPClient: &http.Client{
			Transport: below{strings.TrimSuffix(base.Path, "/"), way},
			Timeout:   requestTimeout,
		},
		// Retries belong to the saga, where they show, and know the step's deadline.
		MaxNetworkRetries: stripe.Int64(0),
		EnableTelemetry:   stripe.Bool(false),
		// Its lines hold whole API objects. What matters is in the errors.
		LeveledLogger: &stripe.LeveledLogger{Level: stripe.LevelNull},
	})
	return &Stripe{
		namespace: config.Namespace,
		api:       stripe.NewClient(config.Key, stripe.WithBackends(backends)),
		transport: transport,
	}, nil
}

// below sends requests to a base URL that has a path, such as the simulator's.
// stripe-go refuses replies to a request whose own path does not begin with /v1.
type below struct {
	path string
	next http.RoundTripper
}

func (b below) RoundTrip(r *http.Request) (*http.Response, error) {
	if b.path == "" {
		return b.next.RoundTrip(r)
	}
	target := *r.URL
	target.Path = b.path + target.Path
	if target.RawPath != "" {
		target.RawPath = b.path + target.RawPath
	}
	moved := r.WithContext(r.Context())
	moved.URL = &target
	return b.next.RoundTrip(moved)
}

// Close drops the connections that nobody uses.
func (s *Stripe) Close() { s.transport.CloseIdleConnections() }
