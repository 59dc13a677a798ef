package inbox

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"
)

// Record names one event at one consumer.
type Record struct{ Consumer, EventID string }

// State is what the inbox knows of it.
type State string

// The states.
const (
	Expected State = "expected" // nothing: it has not begun, or is long forgotten
	Underway State = "underway" // leased, or left behind by an attempt that died
	Handled  State = "handled"
)

// Look tells how the events stand, in their order. It changes nothing.
func (b *Inbox) Look(ctx context.Context, records []Record) ([]State, error) {
	pipe := b.client.Pipeline()
	found := make([]*redis.StringCmd, len(records))
	for i, r := range records {
		found[i] = pipe.Get(ctx, b.key(r.Consumer, r.EventID))
	}
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
		return nil, fmt.Errorf("look into the inbox: %w", err)
	}
	states := make([]State, len(records))
	for i, f := range found {
		switch text, err := f.Result(); {
		case errors.Is(err, redis.Nil):
			states[i] = Expected
		case err != nil:
			return nil, fmt.Errorf("look into the inbox: %w", err)
		case text == markText:
			states[i] = Handled
		default:
			states[i] = Underway
		}
	}
	return states, nil
}
