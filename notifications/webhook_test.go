package notifications_test

import (
	"context"
	"crypto/x509"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"

	"makegood/events"
	"makegood/notifications"
	"makegood/order"
	"makegood/outbound"
)

func TestAWebhookIsTheEventUnderItsID(t *testing.T) {
	shop := receive(t, oldSecret, nil)
	handler, e := webhook(t, shop, oldSecret).Handler, eventOf(t, soldOut, order.EventRefunded)
	for range 2 {
		require.NoError(t, handler(t.Context(), e))
	}
	for _, m := range shop.got() {
		require.NoError(t, m.verified)
		require.Equal(t, string(e.Body), string(m.body))
		require.Equal(t, e.ID, m.id())
		require.Equal(t, "application/cloudevents+json", m.header.Get("Content-Type"))
		sent, err := strconv.ParseInt(m.header.Get("webhook-timestamp"), 10, 64)
		require.NoError(t, err)
		require.WithinDuration(t, time.Now(), time.Unix(sent, 0), time.Minute, "the attempt's time, not the event's")
	}
	require.Len(t, shop.got(), 2)
}

func TestAReceiverKnowsOurWebhooksFromOthers(t *testing.T) {
	shop := receive(t, oldSecret, nil)
	require.NoError(t, webhook(t, shop, oldSecret).Handler(t.Context(), eventOf(t, shipped, order.EventCompleted)))
	m := shop.got()[0]
	other, err := standardwebhooks.NewWebhook(newSecret)
	require.NoError(t, err)
	changed := func(key, value string) http.Header {
		h := m.header.Clone()
		h.Set(key, value)
		return h
	}
	sent, err := strconv.ParseInt(m.header.Get("webhook-timestamp"), 10, 64)
	require.NoError(t, err)
	earlier := strconv.FormatInt(sent-600, 10)

	require.NoError(t, shop.verify.Verify(m.body, m.header))
	require.Error(t, other.Verify(m.body, m.header), "another secret")
	require.Error(t, shop.verify.Verify([]byte(strings.Replace(string(m.body), "3499", "1", 1)), m.header), "another body")
	require.Error(t, shop.verify.Verify(m.body, changed("webhook-id", "msg_1")), "another id")
	require.ErrorIs(t, shop.verify.Verify(m.body, changed("webhook-timestamp", earlier)), standardwebhooks.ErrMessageTooOld)
	require.Error(t, shop.verify.VerifyIgnoringTimestamp(m.body, changed("webhook-timestamp", earlier)), "the time is signed")
}

func TestWhileASecretIsReplacedReceiversMayKnowEither(t *testing.T) {
	for secret, known := range map[string]bool{newSecret: true, oldSecret: true, "whsec_" + strings.Repeat("QUJD", 8): false} {
		shop := receive(t, secret, nil)
		err := webhook(t, shop, newSecret, oldSecret).Handler(t.Context(), eventOf(t, shipped, order.EventCompleted))
		require.Equal(t, known, err == nil, "%v", err)
		signatures := strings.Fields(shop.got()[0].header.Get("webhook-signature"))
		require.Len(t, signatures, 2)
		for _, s := range signatures {
			require.True(t, strings.HasPrefix(s, "v1,"), s)
		}
	}
}

func TestTheReceiversAnswerDecidesWhetherToTryAgain(t *testing.T) {
	for status, c := range map[int]struct{ fails, permanent bool }{
		200: {}, 201: {}, 202: {}, 204: {},
		301: {fails: true}, 307: {fails: true},
		400: {fails: true}, 401: {fails: true}, 404: {fails: true}, 408: {fails: true}, 409: {fails: true}, 425: {fails: true}, 429: {fails: true},
		410: {fails: true, permanent: true},
		500: {fails: true}, 502: {fails: true}, 503: {fails: true}, 504: {fails: true},
	} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			shop := receive(t, oldSecret, func(w http.ResponseWriter, _ message, _ int) {
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(status)
				if status >= 300 {
					_, _ = w.Write([]byte("no\nthanks " + strings.Repeat("x", 1<<20)))
				}
			})
			err := webhook(t, shop, oldSecret).Handler(t.Context(), eventOf(t, shipped, order.EventCompleted))
			require.Equal(t, c.fails, err != nil, "%v", err)
			require.Equal(t, c.permanent, events.IsPermanent(err), "%v", err)
			require.Len(t, shop.got(), 1, "a redirect is not followed")
			if c.fails {
				require.ErrorContains(t, err, strconv.Itoa(status)+" "+http.StatusText(status))
				require.ErrorContains(t, err, `"no\nthanks xxx`)
				require.Less(t, len(err.Error()), 500)
			}
		})
	}
}

func TestConnectionsAreUsedAgain(t *testing.T) {
	shop := newReceiver(t, oldSecret, func(w http.ResponseWriter, _ message, attempt int) {
		if attempt%2 == 0 {
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = w.Write(make([]byte, 10_000))
		}
	})
	var connections atomic.Int32
	shop.server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			connections.Add(1)
		}
	}
	shop.server.Start()
	handler := webhook(t, shop, oldSecret).Handler
	for range 6 {
		_ = handler(t.Context(), eventOf(t, shipped, order.EventCompleted))
	}
	require.Len(t, shop.got(), 6)
	require.EqualValues(t, 1, connections.Load())
}

func TestAReceiverThatSaysNothingHoldsNobodyUp(t *testing.T) {
	done := make(chan struct{})
	shop := receive(t, oldSecret, func(http.ResponseWriter, message, int) { <-done })
	t.Cleanup(func() { close(done) })
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	began := time.Now()
	err := webhook(t, shop, oldSecret).Handler(ctx, eventOf(t, shipped, order.EventCompleted))
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.False(t, events.IsPermanent(err))
	require.Less(t, time.Since(began), 5*time.Second)
}

func TestAReceiverMustShowThatItIsTheOne(t *testing.T) {
	ca := newAuthority(t)
	for name, c := range map[string]struct {
		certified string
		roots     *x509.CertPool
		trusted   bool
	}{
		"the one":                         {"127.0.0.1", ca.roots, true},
		"a certificate of nobody we know": {"127.0.0.1", nil, false},
		"a certificate of another":        {"shop.example", ca.roots, false},
	} {
		t.Run(name, func(t *testing.T) {
			shop := newReceiver(t, oldSecret, nil)
			shop.server.TLS = ca.server(t, c.certified)
			shop.server.StartTLS()
			sub, err := notifications.NewWebhook(notifications.WebhookConfig{URL: shop.server.URL, Secrets: []string{oldSecret}, Roots: c.roots})
			require.NoError(t, err)
			err = sub.Handler(t.Context(), eventOf(t, shipped, order.EventCompleted))
			require.Equal(t, c.trusted, err == nil, "%v", err)
			require.Equal(t, c.trusted, len(shop.got()) == 1)
		})
	}
}

func TestAnErrorDoesNotRepeatTheURL(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	sub, err := notifications.NewWebhook(notifications.WebhookConfig{
		URL: "http://ada:hunter2@" + l.Addr().String() + "/?token=hunter2", Secrets: []string{oldSecret},
	})
	require.NoError(t, err)
	err = sub.Handler(t.Context(), eventOf(t, shipped, order.EventCompleted))
	require.ErrorContains(t, err, "refused")
	require.NotContains(t, err.Error(), "hunter2")
}

// An earlier WEBHOOK_TYPES may have left its bindings.
func TestATypeThatNobodyAskedForIsNotSent(t *testing.T) {
	shop := receive(t, oldSecret, nil)
	sub, err := notifications.NewWebhook(notifications.WebhookConfig{
		URL: shop.server.URL, Secrets: []string{oldSecret}, Types: []order.EventType{order.EventCompleted},
	})
	require.NoError(t, err)
	require.NoError(t, sub.Handler(t.Context(), eventOf(t, shipped, order.EventPlaced)))
	require.Empty(t, shop.got())
	require.NoError(t, sub.Handler(t.Context(), eventOf(t, shipped, order.EventCompleted)))
	require.Len(t, shop.got(), 1)
}

func TestAReceiverThatAsksForAPauseGetsIt(t *testing.T) {
	retryAfter := "1"
	shop := receive(t, oldSecret, func(w http.ResponseWriter, _ message, attempt int) {
		if attempt == 1 {
			w.Header().Set("Retry-After", retryAfter)
			w.WriteHeader(http.StatusTooManyRequests)
		}
	})
	limited := func() events.Handler {
		sub, err := notifications.NewWebhook(notifications.WebhookConfig{
			URL: shop.server.URL, Secrets: []string{oldSecret}, Around: outbound.New(outbound.Config{Provider: "webhook"}).Around,
		})
		require.NoError(t, err)
		return sub.Handler
	}
	t.Run("and the next attempt waits for its end", func(t *testing.T) {
		handler, e := limited(), eventOf(t, shipped, order.EventCompleted)
		began := time.Now()
		require.ErrorContains(t, handler(t.Context(), e), "429")
		require.NoError(t, handler(t.Context(), e))
		require.GreaterOrEqual(t, time.Since(began), time.Second)
	})
	t.Run("and an attempt that has no time for it is none", func(t *testing.T) {
		retryAfter = "60"
		handler, e := limited(), eventOf(t, shipped, order.EventPlaced)
		require.ErrorContains(t, handler(t.Context(), e), "429")
		asked := len(shop.got())
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second+300*time.Millisecond) // a request's time, and a little
		defer cancel()
		began := time.Now()
		require.ErrorIs(t, handler(ctx, e), events.ErrBusy)
		require.GreaterOrEqual(t, time.Since(began), 300*time.Millisecond, "it goes round at once")
		require.Less(t, time.Since(began), 10*time.Second)
		require.Len(t, shop.got(), asked)
	})
}

func TestABadWebhookSettingIsNamed(t *testing.T) {
	for name, c := range map[string]struct {
		cfg  notifications.WebhookConfig
		says string
	}{
		"no URL":             {notifications.WebhookConfig{Secrets: []string{oldSecret}}, "WEBHOOK_URL"},
		"another scheme":     {notifications.WebhookConfig{URL: "ftp://shop.example", Secrets: []string{oldSecret}}, "WEBHOOK_URL"},
		"no secret":          {notifications.WebhookConfig{URL: "https://shop.example"}, "WEBHOOK_SECRETS"},
		"no base64":          {notifications.WebhookConfig{URL: "https://shop.example", Secrets: []string{"whsec_hunter2!"}}, "WEBHOOK_SECRETS"},
		"no prefix":          {notifications.WebhookConfig{URL: "https://shop.example", Secrets: []string{strings.TrimPrefix(oldSecret, "whsec_")}}, "WEBHOOK_SECRETS"},
		"too short a key":    {notifications.WebhookConfig{URL: "https://shop.example", Secrets: []string{"whsec_aHVudGVyMg=="}}, "WEBHOOK_SECRETS"},
		"too long a key":     {notifications.WebhookConfig{URL: "https://shop.example", Secrets: []string{"whsec_" + strings.Repeat("QUJD", 22)}}, "WEBHOOK_SECRETS"},
		"a type of no event": {notifications.WebhookConfig{URL: "https://shop.example", Secrets: []string{oldSecret}, Types: []order.EventType{"order.paid"}}, "WEBHOOK_TYPES"},
	} {
		_, err := notifications.NewWebhook(c.cfg)
		require.ErrorContains(t, err, c.says, name)
		require.NotContains(t, err.Error(), "\n", name)
		require.NotContains(t, err.Error(), "hunter2", name)
		require.NotContains(t, err.Error(), "aHVudGVyMg", name)
	}
}

func TestTheWebhooksQueueIsDeclaredOnlyIfThereAreAny(t *testing.T) {
	names := func(cfg notifications.Config) (all []string) {
		for _, c := range notifications.Consumers(cfg) {
			all = append(all, c.Name)
		}
		return all
	}
	require.Equal(t, []string{"email"}, names(notifications.Config{}))
	require.Equal(t, []string{"email", "webhook"}, names(notifications.Config{Webhooks: true}))
}

func webhook(t *testing.T, to *receiver, secrets ...string) events.Subscription {
	t.Helper()
	sub, err := notifications.NewWebhook(notifications.WebhookConfig{URL: to.server.URL, Secrets: secrets})
	require.NoError(t, err)
	return sub
}
