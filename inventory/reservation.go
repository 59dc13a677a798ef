package inventory

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"makegood/order"
)

var (
	// ErrCommitted says that a Release came after the order's Commit.
	ErrCommitted = errors.New("the order's units have already left the stock")
	// ErrNotHeld says that a Commit found nothing held for its order.
	ErrNotHeld = errors.New("nothing is held for the order")
	// ErrUnbalanced says that less is held of a SKU than the order's record
	// holds: somebody changed the stock by hand. Nothing was changed.
	ErrUnbalanced = errors.New("the stock holds less than the order's record says")
)

// Reserve holds the quantity of every line for the order, all or none.
// It is safe to retry: the first outcome is returned again.
// A shortage is a Rejection with order.OutOfStock that names each short SKU,
// an unknown one included; a Release that came before, one with order.Fenced.
func (s *Stock) Reserve(ctx context.Context, o order.Order) (order.Outcome, error) {
	answer, lines, err := s.run(ctx, reserveScript, o)
	if err != nil {
		return order.Outcome{}, fmt.Errorf("reserve stock for %s: %w", o.ID, err)
	}
	outcome := order.Outcome{Step: order.Reserve, At: answer.at()}
	switch answer.word() {
	case "held":
		return outcome, nil
	case "short":
		outcome.Reason = order.OutOfStock
		outcome.Shortages = shortages(lines, answer[2])
		return order.Outcome{}, order.Reject(outcome)
	case "fenced":
		outcome.Reason = order.Fenced
		return order.Outcome{}, order.Reject(outcome)
	}
	return order.Outcome{}, fmt.Errorf("reserve stock for %s: %w", o.ID, answer.err(lines))
}

// Commit takes the order's held units out of the stock.
// It is safe to retry: the first outcome is returned again.
// It returns ErrNotHeld if the order was never reserved, was refused or was
// released.
func (s *Stock) Commit(ctx context.Context, o order.Order) (order.Outcome, error) {
	answer, lines, err := s.run(ctx, commitScript, o)
	if err != nil {
		return order.Outcome{}, fmt.Errorf("commit stock of %s: %w", o.ID, err)
	}
	if answer.word() == "committed" {
		return order.Outcome{Step: order.Commit, At: answer.at()}, nil
	}
	return order.Outcome{}, fmt.Errorf("commit stock of %s: %w", o.ID, answer.err(lines))
}

// Release gives the order's held units back. If none are held the outcome is
// Null, and a Reserve that arrives later is refused all the same.
// It is safe to retry: the first outcome is returned again.
// It returns ErrCommitted once the units have left.
func (s *Stock) Release(ctx context.Context, o order.Order) (order.Outcome, error) {
	answer, lines, err := s.run(ctx, releaseScript, o)
	if err != nil {
		return order.Outcome{}, fmt.Errorf("release stock of %s: %w", o.ID, err)
	}
	switch answer.word() {
	case "released", "fenced":
		null := answer.word() == "fenced"
		return order.Outcome{Step: order.Release, At: answer.at(), Null: null}, nil
	case "committed":
		return order.Outcome{}, fmt.Errorf("release stock of %s: %w", o.ID, ErrCommitted)
	}
	return order.Outcome{}, fmt.Errorf("release stock of %s: %w", o.ID, answer.err(lines))
}

// run calls one of the three scripts of an order, which take the same keys
// and arguments, and returns its answer with the summed lines that it was
// asked about.
func (s *Stock) run(ctx context.Context, script *redis.Script, o order.Order) (answer, []order.Line, error) {
	if err := checkLines(o.Lines); err != nil {
		return nil, nil, err
	}
	lines := o.Quantities()
	quantities := make(map[string]int64, len(lines))
	args := []any{o.Fingerprint(), s.keepFor.Milliseconds(), ""}
	for _, l := range lines {
		quantities[l.SKU] = l.Quantity
		args = append(args, l.Quantity)
	}
	text, err := json.Marshal(quantities)
	if err != nil {
		return nil, nil, err
	}
	args[2] = text
	words, err := script.Run(ctx, s.client, s.keys.reservation(o.ID, lines), args...).StringSlice()
	return words, lines, err
}

func checkLines(lines []order.Line) error {
	if len(lines) == 0 || len(lines) > MaxLines {
		return fmt.Errorf("an order has 1 to %d lines, not %d", MaxLines, len(lines))
	}
	room := int64(MaxUnits)
	for _, l := range lines {
		if l.Quantity < 1 || l.Quantity > room {
			return fmt.Errorf("quantity %d of %s: it must be at least 1, and at most %d for all lines together", l.Quantity, l.SKU, int64(MaxUnits))
		}
		room -= l.Quantity
	}
	return nil
}

// answer is what a script of an order returns: a word, then what its header says.
type answer []string

func (a answer) word() string { return a[0] }

// at is the time of the record, or zero if the word has none.
func (a answer) at() time.Time {
	if len(a) < 2 {
		return time.Time{}
	}
	ms, err := strconv.ParseInt(a[1], 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// err is what the words that all scripts of an order share mean.
func (a answer) err(lines []order.Line) error {
	switch a.word() {
	case "fingerprint":
		return order.ErrFingerprint
	case "not held":
		if a[1] == "" {
			return fmt.Errorf("%w: it was never reserved", ErrNotHeld)
		}
		return fmt.Errorf("%w: it is %s", ErrNotHeld, a[1])
	case "unbalanced":
		k, err := strconv.Atoi(a[1])
		if err == nil && k >= 1 && k <= len(lines) {
			return fmt.Errorf("%w: %s", ErrUnbalanced, lines[k-1].SKU)
		}
	}
	return fmt.Errorf("unexpected answer %q", []string(a))
}

// shortages reads "k available …", pairs of a line's number from 1 and what
// there was of it.
func shortages(lines []order.Line, text string) []order.Shortage {
	var short []order.Shortage
	words := strings.Fields(text)
	for i := 0; i+1 < len(words); i += 2 {
		k, _ := strconv.Atoi(words[i])
		available, _ := strconv.ParseInt(words[i+1], 10, 64)
		if k >= 1 && k <= len(lines) {
			line := lines[k-1]
			short = append(short, order.Shortage{SKU: line.SKU, Asked: line.Quantity, Available: available})
		}
	}
	return short
}
