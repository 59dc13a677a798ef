package events

import (
	"context"
	"errors"
	"time"
)

// Tailer reads what the broker keeps of everything that was published. It takes
// nothing from any consumer.
type Tailer interface {
	// Tail hands each what there is from a place on, in the order in which it was
	// published, and goes on with what happens, until ctx ends, which is no
	// error, or each returns one, which it returns. An event that was published
	// again comes again, under its id. Its other errors are ErrPosition,
	// ErrBrokerDown, after which a Tail after the last position goes on, and
	// what the broker refuses.
	Tail(ctx context.Context, from From, each func(Entry) error) error
}

// From is where a tail begins: now, unless one of After, Since and Published is
// set.
type From struct {
	// After is the position of the last entry that was seen. If the broker no
	// longer has what followed, the tail begins with the oldest that it has.
	After string
	// Since is when what is wanted happened.
	Since time.Time
	// Published is when what is wanted was published. Some that was published up
	// to a minute earlier may come first.
	Published time.Time
	// Begun, if there is one, is called once nothing that is published from then
	// on can be missed.
	Begun func()
}

// Beginning is the oldest that the broker has.
var Beginning = time.Unix(0, 0)

// Entry is an event and where it stands.
type Entry struct {
	Event
	// Position is the broker's own, and grows: an offset, or a stream's id.
	Position string
}

// ErrPosition is a position that this transport never gave.
var ErrPosition = errors.New("no position of an event")

// Start calls Begun. It is for transports.
func (f From) Start() {
	if f.Begun != nil {
		f.Begun()
	}
}
