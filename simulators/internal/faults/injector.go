package faults

import (
	"context"
	"net/http"
	"time"

	"makegood/simulators/internal/ledger"
)

// Bucket is where an Injector counts; its ledger must have it.
const Bucket = "faults"

// Injector strikes requests with the faults that they ask for. Its counts are
// in the ledger, so that a restart does not begin them anew.
type Injector struct {
	life   context.Context
	ledger *ledger.Ledger
}

// New makes an injector. The end of life ends every delay, without effect.
func New(life context.Context, l *ledger.Ledger) *Injector {
	return &Injector{life: life, ledger: l}
}

// Strike tells whether the fault strikes a request that does or undoes
// (undo) the effect of scope, an order or a reference, and counts it.
func (i *Injector) Strike(f Fault, undo bool, scope string) (bool, error) {
	switch {
	case f.Kind == "" || f.Undo != undo:
		return false, nil
	case f.Times == Always:
		ended, err := i.ended(scope)
		return !ended, err
	}
	key := string(f.Kind) + "/" + scope
	if undo {
		key = "undo/" + key
	}
	struck := false
	err := i.ledger.Update(func(tx *ledger.Tx) error {
		count, _, err := ledger.Get[int](tx, Bucket, key)
		if err != nil || count >= f.Times {
			return err
		}
		if _, ended, err := ledger.Get[bool](tx, Bucket, endedKey(scope)); ended || err != nil {
			return err
		}
		struck = true
		return tx.Put(Bucket, key, count+1)
	})
	return struck, err
}

// End ends the fault that requests of the scope ask for: from now on they go
// well, as they do once a provider has mended what was wrong.
func (i *Injector) End(scope string) error {
	return i.ledger.Update(func(tx *ledger.Tx) error { return tx.Put(Bucket, endedKey(scope), true) })
}

func (i *Injector) ended(scope string) (ended bool, err error) {
	err = i.ledger.View(func(tx *ledger.Tx) error {
		_, ended, err = ledger.Get[bool](tx, Bucket, endedKey(scope))
		return err
	})
	return ended, err
}

func endedKey(scope string) string { return "ended/" + scope }

// Wait lets a slow request's delay pass. The client that hangs up does not end
// it: a provider that hangs goes on. It never returns once the simulator stops.
func (i *Injector) Wait(delay time.Duration) {
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-i.life.Done():
		Cut()
	}
}

// Cut ends the request by closing its connection without an answer.
func Cut() { panic(http.ErrAbortHandler) }
