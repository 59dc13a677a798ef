package notifications

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"makegood/events"
	"makegood/order"
	"makegood/outbound"
)

const (
	// webhookTimeout bounds one request: the 15 to 30 s that the specification
	// gives a receiver.
	webhookTimeout = 20 * time.Second
	// webhooksAtOnce are that many requests to one receiver at a time.
	webhooksAtOnce = 8
	// answerKept is what an error repeats of a receiver's answer, in bytes, and
	// answerRead what is read of it so that the connection can be used again.
	answerKept, answerRead = 300, 64 << 10
)

// WebhookConfig is what webhooks need.
type WebhookConfig struct {
	// URL is the receiver's, http or https.
	URL string
	// Secrets sign: each is whsec_ and base64. A message has one signature for
	// each, so that a receiver may know any of them.
	Secrets []string
	// Types are the events to tell; none means all.
	Types []order.EventType
	// Retries are the pauses between attempts; see events.Consumer.
	Retries []time.Duration
	// Around puts limits around the transport that requests go over; nil puts
	// none. They may refuse a request with an outbound.Busy.
	Around func(http.RoundTripper) http.RoundTripper
	// Roots are whom the receiver's certificate may come from. Nil means the
	// system's own, which SSL_CERT_FILE and SSL_CERT_DIR replace.
	Roots *x509.CertPool
}

// NewWebhook makes the consumer that sends events to the shop's own receiver,
// by the Standard Webhooks specification (https://www.standardwebhooks.com):
// each as the bytes that it was published in, under its id. It does not
// connect before there is an event. Its errors name the setting.
func NewWebhook(cfg WebhookConfig) (events.Subscription, error) {
	to, err := url.Parse(cfg.URL)
	if err != nil || to.Hostname() == "" || to.Scheme != "http" && to.Scheme != "https" {
		return events.Subscription{}, errors.New("WEBHOOK_URL must be a URL such as https://shop.example/webhooks")
	}
	signers, err := parseSecrets(cfg.Secrets)
	if err != nil {
		return events.Subscription{}, err
	}
	for _, t := range cfg.Types {
		if !slices.Contains(order.EventTypes, t) {
			return events.Subscription{}, fmt.Errorf("WEBHOOK_TYPES: there is no event %q", t)
		}
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = webhooksAtOnce
	transport.TLSClientConfig = &tls.Config{RootCAs: cfg.Roots, MinVersion: tls.VersionTLS12}
	var way http.RoundTripper = transport
	if cfg.Around != nil {
		way = cfg.Around(transport)
	}
	h := webhook{
		Consumer: webhookConsumer(cfg.Types, cfg.Retries), url: cfg.URL, signers: signers,
		client: &http.Client{
			Transport: way,
			// A receiver that has moved is a setting to change: what is
			// signed for one address is shown to no other.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	return events.Subscription{
		Consumer: h.Consumer, Handler: h.handle, Concurrency: webhooksAtOnce, Timeout: 2 * webhookTimeout,
	}, nil
}

type webhook struct {
	events.Consumer
	url     string
	signers []*standardwebhooks.Webhook
	client  *http.Client
}

// handle sends the event, once it may be sent. While the limits refuse, it
// holds its place, so that what waits behind it stays in the queue instead of
// going round; when its time is up no attempt has been made, and none counts.
func (h webhook) handle(ctx context.Context, e events.Event) error {
	if !h.Wants(e.Type) { // an earlier setting of WEBHOOK_TYPES asked for it
		return nil
	}
	for {
		err := h.send(ctx, e)
		var busy *outbound.Busy
		if !errors.As(err, &busy) {
			return err
		}
		if !wait(ctx, busy.RetryAfter) {
			return fmt.Errorf("%w: %w", events.ErrBusy, err)
		}
	}
}

// wait waits so long, or until no time for a whole request would be left. It
// tells whether there is.
func wait(ctx context.Context, d time.Duration) bool {
	enough := true
	if deadline, bounded := ctx.Deadline(); bounded {
		if left := time.Until(deadline) - webhookTimeout; left < d {
			d, enough = left, false
		}
	}
	timer := time.NewTimer(max(d, 0))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return enough
	}
}

// send makes one attempt, under the event's id and the time of the attempt.
func (h webhook) send(ctx context.Context, e events.Event) error {
	ctx, cancel := context.WithTimeout(ctx, webhookTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url, bytes.NewReader(e.Body))
	if err != nil {
		return fmt.Errorf("send webhook: %w", err)
	}
	now := time.Now()
	signatures, err := sign(h.signers, e.ID, now, e.Body)
	if err != nil {
		return fmt.Errorf("send webhook: %w", err)
	}
	req.Header.Set("Content-Type", "application/cloudevents+json")
	req.Header.Set("User-Agent", "makegood")
	req.Header.Set(standardwebhooks.HeaderWebhookID, e.ID)
	req.Header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
	req.Header.Set(standardwebhooks.HeaderWebhookSignature, signatures)
	answer, err := h.client.Do(req)
	if whole := (*url.Error)(nil); errors.As(err, &whole) {
		err = whole.Err // the rest repeats the URL, and some hold a token
	}
	if err != nil {
		return fmt.Errorf("send webhook: %w", err)
	}
	defer func() { _ = answer.Body.Close() }()
	return judge(answer)
}

// judge reads the answer. 2xx took the event. 410 says that the receiver wants
// nothing any more, and is the one refusal that is permanent, as the
// specification has it: any other, the 4xx too, may be a deploy or a setting
// of the receiver's, and is mended while the event is tried again.
func judge(answer *http.Response) error {
	text, _ := io.ReadAll(io.LimitReader(answer.Body, answerRead))
	if answer.StatusCode >= 200 && answer.StatusCode < 300 {
		return nil
	}
	said := strings.ToValidUTF8(string(text[:min(len(text), answerKept)]), "")
	err := fmt.Errorf("send webhook: the receiver answered %s: %q", answer.Status, said)
	if answer.StatusCode == http.StatusGone {
		return events.Permanent(err)
	}
	return err
}
