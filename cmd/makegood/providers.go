package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/stripe/stripe-go/v85"

	"makegood/outbound"
	"makegood/telemetry"
)

// rate is requests a second; 0 is any number.
type rate float64

func (r *rate) UnmarshalText(text []byte) error {
	// Beyond a million no limit can be told from none.
	value, err := strconv.ParseFloat(string(text), 64)
	if len(text) > 0 && (err != nil || !(value >= 0 && value <= 1_000_000)) {
		return fmt.Errorf("%q is no number of requests a second; write one such as 25, or 0 for any number", text)
	}
	*r = rate(value)
	return nil
}

// stripeRate is a rate, or ownLimits.
type stripeRate float64

// ownLimits stands for what Stripe itself allows.
const ownLimits stripeRate = -1

func (r *stripeRate) UnmarshalText(text []byte) error {
	if string(text) == "auto" {
		*r = ownLimits
		return nil
	}
	var given rate
	if err := given.UnmarshalText(text); err != nil {
		return fmt.Errorf("%w, or auto", err)
	}
	*r = stripeRate(given)
	return nil
}

// What https://docs.stripe.com/rate-limits allows an account: 100 requests a
// second with a live key and 25 in a sandbox, and 25 to one endpoint. Nearly
// all of ours create and confirm intents, in equal parts, which are two
// endpoints: more than 50 a second would break the limit of each.
const (
	stripeLiveRate    = 50
	stripeSandboxRate = 25
)

// stripeRate is what a worker may send to Stripe in a second. Only Stripe
// itself has Stripe's limits: a simulator has none.
func (s *Settings) stripeRate() float64 {
	if s.StripeRate != ownLimits {
		return float64(s.StripeRate)
	}
	at, err := url.Parse(string(s.StripeURL))
	if err != nil || at.Hostname() != strings.TrimPrefix(stripe.APIURL, "https://") {
		return 0
	}
	if strings.Contains(string(s.StripeAPIKey), "_live_") { // sk_live_…, or rk_live_… of a restricted key
		return stripeLiveRate
	}
	return stripeSandboxRate
}

// limits are the process' own around a provider; /metrics shows them. A trace
// shows the requests that they let through.
func (c *connections) limits(provider string, perSecond float64) func(http.RoundTripper) http.RoundTripper {
	limits := outbound.New(outbound.Config{Provider: provider, Rate: perSecond, Log: c.log})
	c.registry.MustRegister(limits)
	return func(next http.RoundTripper) http.RoundTripper {
		if c.traces.On() {
			next = telemetry.Transport(provider, next)
		}
		return limits.Around(next)
	}
}
