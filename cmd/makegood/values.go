package main

import (
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"makegood/events/rabbitmq"
	"makegood/notifications"
	"makegood/order"
)

// Each kind of setting checks itself when it is read, so that a bad value
// stops the start with one line that says what would be right.
type (
	listenAddr  string
	redisURL    string
	amqpURL     string
	httpURL     string
	smtpURL     string
	mailAddress string
	transport   string
	toggle      string
	logFormat   string
	logLevel    string
	secret      string

	deploymentName string
	duration       time.Duration
	proxies        []string
	retries        []time.Duration

	webhookSecrets []string
	eventTypes     []order.EventType
)

func (a *listenAddr) UnmarshalText(text []byte) error {
	host, port, err := net.SplitHostPort(string(text))
	if err == nil {
		_, err = net.LookupPort("tcp", port)
	}
	if err == nil && host != "" && host != "localhost" {
		_, err = netip.ParseAddr(host)
	}
	if err != nil {
		return fmt.Errorf("%q is no address to listen on; write host:port or :port, such as 127.0.0.1:8080", text)
	}
	*a = listenAddr(text)
	return nil
}

func (u *redisURL) UnmarshalText(text []byte) error {
	return setURL(u, text, "redis://host:6379/0", "redis", "rediss", "redis+cluster")
}

func (u *amqpURL) UnmarshalText(text []byte) error {
	if err := rabbitmq.CheckURL(string(text)); err != nil {
		return err
	}
	*u = amqpURL(text)
	return nil
}

func (u *httpURL) UnmarshalText(text []byte) error {
	return setURL(u, text, "http://host:8090", "http", "https")
}

func (u *smtpURL) UnmarshalText(text []byte) error {
	return setURL(u, text, "smtp://user:password@host:587", "smtp", "smtps")
}

// setURL never repeats the value in its error: it may hold a password.
func setURL[T ~string](to *T, text []byte, example string, schemes ...string) error {
	u, err := url.Parse(string(text))
	if err == nil && u.Port() != "" {
		_, err = net.LookupPort("tcp", u.Port())
	}
	if err != nil || u.Hostname() == "" || !slices.Contains(schemes, u.Scheme) {
		return fmt.Errorf("no %s:// URL with a host; write one such as %s", strings.Join(schemes, ":// or "), example)
	}
	*to = T(text)
	return nil
}

func (a *mailAddress) UnmarshalText(text []byte) error {
	if _, err := mail.ParseAddress(string(text)); err != nil {
		return fmt.Errorf("%q is no mail address; write one such as Shop <orders@shop.example>", text)
	}
	*a = mailAddress(text)
	return nil
}

func (t *transport) UnmarshalText(text []byte) error { return setChoice(t, text, "rabbitmq", "redis") }
func (t *toggle) UnmarshalText(text []byte) error    { return setChoice(t, text, "on", "off") }

// UnmarshalText takes an empty format for one that is not set.
func (f *logFormat) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		return nil
	}
	return setChoice(f, text, "json", "text")
}

func (l *logLevel) UnmarshalText(text []byte) error {
	return setChoice(l, text, "debug", "info", "warn", "error")
}

func setChoice[T ~string](to *T, text []byte, choices ...string) error {
	if !slices.Contains(choices, string(text)) {
		return fmt.Errorf("%q is not one of %s", text, strings.Join(choices, ", "))
	}
	*to = T(text)
	return nil
}

var deploymentNames = regexp.MustCompile(`^([A-Za-z0-9][A-Za-z0-9_-]{0,62})?$`)

// UnmarshalText is stricter than Temporal, which takes anything but . and : in a
// name, and so less in need of quotes.
func (n *deploymentName) UnmarshalText(text []byte) error {
	if !deploymentNames.Match(text) {
		return fmt.Errorf("%q is no name of letters, digits, - and _, at most 63; write one such as orders", text)
	}
	*n = deploymentName(text)
	return nil
}

func (s *secret) UnmarshalText(text []byte) error {
	if strings.ContainsAny(string(text), " \t\r\n") {
		return fmt.Errorf("holds white space; write the key alone, such as sk_test_…")
	}
	*s = secret(text)
	return nil
}

func (d *duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	if err != nil || parsed < time.Second {
		return fmt.Errorf("%q is no duration of at least 1s; write one such as 90s or 10m", text)
	}
	*d = duration(parsed)
	return nil
}

func (d duration) String() string { return time.Duration(d).String() }

func (p *proxies) UnmarshalText(text []byte) error {
	*p = nil
	for item := range strings.SplitSeq(string(text), ",") {
		item = strings.TrimSpace(item)
		_, notAddr := netip.ParseAddr(item)
		_, notPrefix := netip.ParsePrefix(item)
		if notAddr != nil && notPrefix != nil {
			return fmt.Errorf("%q is no address or network; write such as 10.0.0.0/8,192.0.2.7", item)
		}
		*p = append(*p, item)
	}
	return nil
}

func (r *retries) UnmarshalText(text []byte) error {
	*r = nil
	for item := range strings.SplitSeq(string(text), ",") {
		pause, err := time.ParseDuration(strings.TrimSpace(item))
		if err != nil || pause < time.Millisecond || pause > 24*time.Hour {
			return fmt.Errorf("%q is no duration from 1ms to 24h; write such as 1s,10s,1m,10m", item)
		}
		*r = append(*r, pause)
	}
	return nil
}

func (w *webhookSecrets) UnmarshalText(text []byte) error {
	*w = nil
	for item := range strings.SplitSeq(string(text), ",") {
		item = strings.TrimSpace(item)
		if err := notifications.CheckSecret(item); err != nil {
			return err
		}
		*w = append(*w, item)
	}
	return nil
}

func (e *eventTypes) UnmarshalText(text []byte) error {
	*e = nil
	for item := range strings.SplitSeq(string(text), ",") {
		t := order.EventType(strings.TrimSpace(item))
		if !slices.Contains(order.EventTypes, t) {
			return fmt.Errorf("%q is no type of event; there are %s", t, strings.Join(typeNames(), ", "))
		}
		*e = append(*e, t)
	}
	return nil
}

func typeNames() []string {
	var names []string
	for _, t := range order.EventTypes {
		names = append(names, string(t))
	}
	return names
}
