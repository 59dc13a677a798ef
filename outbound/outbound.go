// Package outbound limits and breaks the requests to one provider of the
// outside world, in this process: never more than its rate, none while it is
// down. A request that can't go out now fails with a *Busy that says when to
// come back. Outbound never repeats a request, never reads or replaces its
// body, and knows nothing of what is asked.
//
// events.Guard is a breaker too, and another kind: a publisher has one
// connection to one broker, so that three failures in a row mean an outage and
// one probe its end. A provider answers many orders at once, each of which can
// fail by itself, so here a share of many requests decides. And a broker that
// is down delays events, which nobody waits for; a step has to know how long.
package outbound

import (
	"context"
	"log/slog"
	"net/http"
	"time"
)

// Config is one provider as this process asks it.
type Config struct {
	// Provider names it in errors, log and metrics: stripe, carrier.
	Provider string
	// Rate is how many requests a second it may be sent: in no second more
	// than that many leave this process. Zero means any number. Of a rate from
	// 10 on, a fifth may go at once; then up to a fifth of the rate is left
	// unused in the long run, see newLimit.
	Rate float64
	// Log takes a line when the breaker opens and one when it closes. Nil
	// means slog's default.
	Log *slog.Logger
}

// Provider is the limits of one provider. It is safe for concurrent use, and a
// prometheus.Collector.
type Provider struct {
	name    string
	limit   *limit
	breaker *breaker
	metrics *metrics
}

// New makes the limits. It starts nothing and needs no end.
func New(c Config) *Provider {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	p := &Provider{name: c.Provider, limit: newLimit(c.Rate), breaker: newBreaker(c.Provider, c.Log)}
	p.metrics = newMetrics(c.Provider, p.breaker.state)
	return p
}

// Around is next within the provider's limits. Every transport that it makes
// shares them.
func (p *Provider) Around(next http.RoundTripper) http.RoundTripper {
	return transport{provider: p, next: next}
}

type transport struct {
	provider *Provider
	next     http.RoundTripper
}

// RoundTrip is next's, or a *Busy without a request.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	report, err := t.provider.admit(r.Context())
	if err != nil {
		if r.Body != nil {
			_ = r.Body.Close() // what every RoundTripper owes
		}
		return nil, err
	}
	begin(r.Context())
	began := time.Now()
	response, err := t.next.RoundTrip(r)
	report(judge(r.Context(), response, err, time.Since(began)))
	if err == nil && response.StatusCode == http.StatusTooManyRequests {
		t.provider.limit.pause(retryAfter(response, time.Now()))
	}
	return response, err
}

// admit waits for the request's turn. The caller reports how it went.
func (p *Provider) admit(ctx context.Context) (report func(error), err error) {
	report, err = p.breaker.allow()
	if err != nil {
		return nil, p.busy(whyBreaker, p.breaker.untilProbe())
	}
	waited, why, left, err := p.limit.take(ctx)
	if waited > 0 {
		p.metrics.waits.Observe(waited.Seconds())
		if why == "" && p.breaker.isOpen() { // it opened meanwhile
			why, left = whyBreaker, p.breaker.untilProbe()
		}
	}
	switch {
	case err != nil:
		report(errNotAsked)
		return nil, err
	case why != "":
		report(errNotAsked)
		return nil, p.busy(why, left)
	default:
		return report, nil
	}
}

func (p *Provider) busy(why reason, left time.Duration) error {
	p.metrics.refused.WithLabelValues(string(why)).Inc()
	return &Busy{Provider: p.name, RetryAfter: withJitter(left), why: why}
}
