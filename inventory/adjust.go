package inventory

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

var (
	// ErrBelowHeld says that a change would leave less on hand than is held.
	ErrBelowHeld = errors.New("on hand can't be less than what is held for orders")
	// ErrBelowZero says that a change would take away more than there is.
	ErrBelowZero = errors.New("on hand can't be less than 0")
	// ErrLimit says that a number of units is not one that stock is kept in.
	ErrLimit = fmt.Errorf("on hand must be 0 to %d", int64(MaxUnits))
	// ErrOperationReused says that the operation's id was used before, for
	// another change.
	ErrOperationReused = errors.New("the operation id was used for another change")
)

// Set declares how many units of the SKU are on hand, held ones included, and
// makes the SKU known. The operation's id makes it safe to retry: the first
// answer, refusals too, is returned again, whatever was sold meanwhile.
// It returns ErrBelowHeld, ErrBelowZero, ErrLimit or ErrOperationReused; nothing changed then.
func (s *Stock) Set(ctx context.Context, sku string, onHand int64, operation, reason string) (Level, error) {
	return s.change(ctx, "set", sku, onHand, operation, reason)
}

// Adjust adds delta units, or takes them away if it is negative; a positive
// one makes the SKU known. It is as safe to retry as Set, and returns the same
// errors, or ErrUnknownSKU.
func (s *Stock) Adjust(ctx context.Context, sku string, delta int64, operation, reason string) (Level, error) {
	return s.change(ctx, "add", sku, delta, operation, reason)
}

func (s *Stock) change(ctx context.Context, verb, sku string, units int64, operation, reason string) (Level, error) {
	fail := func(err error) (Level, error) {
		return Level{}, fmt.Errorf("%s %d of %s: %w", verb, units, sku, err)
	}
	if sku == "" || operation == "" {
		return fail(errors.New("a change of stock needs a SKU and an operation id"))
	}
	if units > MaxUnits || units < -MaxUnits || (verb == "set" && units < 0) {
		return fail(ErrLimit)
	}
	contents, err := json.Marshal([]any{verb, sku, units, reason})
	if err != nil {
		return fail(err)
	}
	keys := []string{s.keys.skus(), s.keys.operation(operation), s.keys.available(sku), s.keys.onHand(sku), s.keys.added(sku)}
	words, err := adjustScript.Run(ctx, s.client, keys,
		contents, s.keepFor.Milliseconds(), sku, verb, units, int64(MaxUnits), reason).StringSlice()
	if err != nil {
		return fail(err)
	}
	switch words[0] {
	case "contents":
		return fail(ErrOperationReused)
	case "unknown":
		return fail(ErrUnknownSKU)
	case "below held":
		if words[2] == "0" {
			return fail(fmt.Errorf("%w: there are %s", ErrBelowZero, words[1]))
		}
		return fail(fmt.Errorf("%w: %s held, %s on hand", ErrBelowHeld, words[2], words[1]))
	case "limit":
		return fail(ErrLimit)
	}
	level := Level{SKU: sku}
	level.OnHand, err = strconv.ParseInt(words[1], 10, 64)
	if err != nil {
		return fail(err)
	}
	level.Held, err = strconv.ParseInt(words[2], 10, 64)
	if err != nil {
		return fail(err)
	}
	level.Available = level.OnHand - level.Held
	return level, nil
}
