package deadletters

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
	"time"

	"makegood/events"
	"makegood/order"
)

// State is what is to become of a letter.
type State string

const (
	// Dead waits for somebody's word. Add enters it, from every other state:
	// an event may die again.
	Dead State = "dead"
	// Redriving is to be given back to its consumer. Redrive enters it, and it
	// lasts until the consumer's process and the broker are there.
	Redriving State = "redriving"
	// Redriven was given back. The body is gone; the rest is kept for a while.
	Redriven State = "redriven"
	// Discarded is kept for a while, with who discarded it and why.
	Discarded State = "discarded"
)

// Letter is one dead letter.
type Letter struct {
	// ID is the consumer and the event's id: email.9f86d081884c7d65….
	ID       string `json:"id" example:"email.0b6a1d0c53c6bb1ac6c0a1c7c3a5d2f4" doc:"The consumer and the event's id"`
	Consumer string `json:"consumer" example:"email" doc:"Who could not handle the event"`
	State    State  `json:"state" enum:"dead,redriving,redriven,discarded"`
	// OrderID, Type and EventID are empty of what is no event.
	OrderID order.ID        `json:"order_id" example:"ord_ifaq4ymuaebagbafaydqqcikbm" doc:"Empty if what died is no event"`
	Type    order.EventType `json:"type" example:"order.completed" doc:"Empty if what died is no event"`
	EventID string          `json:"event_id" example:"0b6a1d0c53c6bb1ac6c0a1c7c3a5d2f4" doc:"Empty if what died is no event"`
	// Reason is one of events.DeadReasons.
	Reason     string    `json:"reason" enum:"permanent,attempts,delivery_limit,rejected" doc:"Why no attempt follows: the error is permanent, all attempts failed, RabbitMQ had delivered it too often, or its consumer rejected it"`
	Attempts   int       `json:"attempts" example:"5" doc:"How many attempts failed"`
	FirstError string    `json:"first_error" doc:"What went wrong at the first attempt"`
	LastError  string    `json:"last_error" doc:"What went wrong at the last attempt"`
	FirstAt    time.Time `json:"first_at" doc:"When the first attempt failed"`
	LastAt     time.Time `json:"last_at" doc:"When the last attempt failed"`
	// DiedAt is when it came into the index, for the last time.
	DiedAt time.Time `json:"died_at" doc:"When it became a dead letter, for the last time"`
	// ClosedAt is when it was redriven or discarded; nil before.
	ClosedAt *time.Time `json:"closed_at,omitempty" doc:"When it was redriven or discarded"`
	// By and Why are of a discarded letter.
	By  string `json:"discarded_by,omitempty" doc:"Who discarded it"`
	Why string `json:"discarded_why,omitempty" doc:"Why it was discarded"`

	// Body is what died. Lists leave it out, and a redriven letter has none.
	Body []byte `json:"-"`

	death string // tells it from another death of the same event
	place int64  // in the list that it is on
}

// inPath is an event id that can stand in a letter's. Ours are 32 hex digits.
var inPath = regexp.MustCompile(`^[A-Za-z0-9_-]{1,100}$`)

// newLetter reads a dead letter. What is no event is known by its body, so that
// a repeat of it is the same letter.
func newLetter(dead events.DeadLetter) Letter {
	l := Letter{
		Consumer: dead.Consumer, Body: dead.Body,
		Reason: dead.DeadReason, Attempts: dead.Attempts,
		FirstError: dead.First, LastError: dead.Last, FirstAt: dead.FirstAt, LastAt: dead.LastAt,
	}
	name := ""
	if e, err := events.Decode(dead.Body); err == nil {
		name, l.EventID, l.OrderID, l.Type = e.ID, e.ID, e.Subject, e.Type
	}
	if !inPath.MatchString(name) {
		sum := sha256.Sum256(dead.Body)
		name = "body-" + hex.EncodeToString(sum[:16])
	}
	l.ID = dead.Consumer + "." + name
	return l
}

// consumerOf is whose letter it is.
func consumerOf(id string) string {
	consumer, _, _ := strings.Cut(id, ".")
	return consumer
}
