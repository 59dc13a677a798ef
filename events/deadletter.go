package events

import "context"

// DeadLetter is an event that its consumer could not handle. The body may be
// anything: what is no event is dead for that.
type DeadLetter struct {
	Consumer string
	Body     []byte
	// Redrive tells a death after a redrive from the one before it, where the
	// broker times deaths by the second. Empty otherwise.
	Redrive string
	Failures
}

// DeadLetters is what a transport offers beside Subscriber: where dead letters
// come from, and the way back.
type DeadLetters interface {
	// Collect hands the consumer's dead letters to take, one after another,
	// until ctx ends, through every outage. Once take returns nil the letter is
	// gone from the transport; after an error it is handed over again, in
	// place, after a pause that grows. A letter may be handed over again in any
	// case, so take must be safe to repeat. It returns an error only for a
	// consumer that can't be.
	Collect(ctx context.Context, c Consumer, take func(context.Context, DeadLetter) error) error
	// Redrive gives events back to the consumer and to nobody else, under
	// their ids and with no failures counted. Nil means that the transport has
	// all of them. After an error each may be there or not: redrive them again.
	Redrive(ctx context.Context, consumer string, bodies [][]byte) error
}
