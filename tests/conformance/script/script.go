// Package script is what the conformance suite and its consumer process say
// to each other.
package script

import (
	"time"

	"makegood/events"
)

// Variable is the environment variable that holds the process's Script.
const Variable = "CONSUMER_SCRIPT"

// What the process says, each with what it is about.
const (
	Clock   = "clock"   // the time it believes it is
	Begun   = "begun"   // an event's id
	Handled = "handled" // an event's id: its effect is made
)

// Script is what the process does.
type Script struct {
	AMQPURL   string // RabbitMQ's, if events travel over that
	RedisURL  string // the inbox's, and the stream's
	Namespace string
	Lease     time.Duration // the inbox's

	events.Consumer
	Concurrency int
	Timeout     time.Duration

	// Waits has it hold every event that it begins until the test tells it to
	// go on.
	Waits bool
	// Fails is how many of its attempts at each event fail first.
	Fails int
	// HangsFrom is its first effect, counted from 1, after which it never returns;
	// zero means none.
	HangsFrom int
}
