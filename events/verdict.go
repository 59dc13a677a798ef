package events

import (
	"errors"
	"strconv"
	"time"
	"unicode/utf8"
)

// Why an event became a dead letter.
const (
	DeadPermanent = "permanent"
	DeadAttempts  = "attempts"
	// DeadDeliveryLimit is the backstop: an event that was delivered so often
	// without an answer that whoever takes it up probably dies of it.
	DeadDeliveryLimit = "delivery_limit"
	// DeadRejected was refused by a consumer that does not say why, such as one
	// in another language.
	DeadRejected = "rejected"
)

// DeadReasons lists every reason.
var DeadReasons = []string{DeadPermanent, DeadAttempts, DeadDeliveryLimit, DeadRejected}

// Verdict is what becomes of a delivery.
type Verdict int

const (
	// Handled is done with.
	Handled Verdict = iota
	// Later goes back after Wait.
	Later
	// Dead goes to the dead letters.
	Dead
)

// String is the verdict's name in metrics.
func (v Verdict) String() string { return [...]string{"handled", "later", "dead"}[v] }

// Failures is what is known of an event's failed attempts. It travels with
// the event, in headers or fields of our own: the broker's own count also
// counts lost connections.
type Failures struct {
	Attempts        int
	First, Last     string // errors
	FirstAt, LastAt time.Time
	// DeadReason is one of DeadReasons, of a dead letter.
	DeadReason string
}

// Judge tells what becomes of a delivery that had failed before as f says and
// whose handler now returned err, and how long to wait if Later.
func (c Consumer) Judge(f Failures, err error, now time.Time) (Verdict, time.Duration, Failures) {
	tiers := c.Tiers()
	switch {
	case err == nil:
		return Handled, 0, f
	case errors.Is(err, ErrBusy):
		return Later, tiers[0], f
	}
	f = f.add(err, now)
	switch {
	case IsPermanent(err):
		f.DeadReason = DeadPermanent
		return Dead, 0, f
	case f.Attempts > len(tiers):
		f.DeadReason = DeadAttempts
		return Dead, 0, f
	default:
		return Later, tiers[f.Attempts-1], f
	}
}

func (f Failures) add(err error, now time.Time) Failures {
	f.Attempts++
	f.Last, f.LastAt = shorten(err.Error()), now.UTC()
	if f.Attempts == 1 {
		f.First, f.FirstAt = f.Last, f.LastAt
	}
	return f
}

// shorten keeps an error from outgrowing its event; a stack trace is long.
func shorten(text string) string {
	const limit = 1000
	if len(text) <= limit {
		return text
	}
	text = text[:limit]
	for !utf8.ValidString(text) {
		text = text[:len(text)-1]
	}
	return text
}

const (
	attemptsKey   = "makegood-attempts"
	firstErrorKey = "makegood-first-error"
	lastErrorKey  = "makegood-last-error"
	firstAtKey    = "makegood-first-failed"
	lastAtKey     = "makegood-last-failed"
	deadReasonKey = "makegood-dead-reason"
)

// Fields writes f as the headers or fields that travel with the event.
func (f Failures) Fields() map[string]string {
	fields := map[string]string{}
	if f.Attempts == 0 && f.DeadReason == "" {
		return fields
	}
	fields[attemptsKey] = strconv.Itoa(f.Attempts)
	fields[firstErrorKey], fields[lastErrorKey] = f.First, f.Last
	fields[firstAtKey], fields[lastAtKey] = f.FirstAt.Format(time.RFC3339Nano), f.LastAt.Format(time.RFC3339Nano)
	if f.DeadReason != "" {
		fields[deadReasonKey] = f.DeadReason
	}
	return fields
}

// FailuresOf reads what Fields wrote. What it can't read counts as unset: the
// event matters more than the tale of its attempts.
func FailuresOf(field func(key string) string) Failures {
	var f Failures
	f.Attempts, _ = strconv.Atoi(field(attemptsKey))
	f.Attempts = max(f.Attempts, 0)
	f.First, f.Last = field(firstErrorKey), field(lastErrorKey)
	f.FirstAt, _ = time.Parse(time.RFC3339Nano, field(firstAtKey))
	f.LastAt, _ = time.Parse(time.RFC3339Nano, field(lastAtKey))
	f.DeadReason = field(deadReasonKey)
	return f
}
