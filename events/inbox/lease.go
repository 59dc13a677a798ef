package inbox

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"makegood/events"
)

// errLost is why a handler's context ended when its lease is, or is about to
// be, somebody else's.
var errLost = errors.New("the lease of the event could not be renewed")

// lease is an attempt's hold on an event. Its times are those of this process'
// monotonic clock and count from before Redis was asked, so that they are over
// before Redis' are, also in a process that was frozen meanwhile.
type lease struct {
	box        *Inbox
	key, token string
	sent       atomic.Pointer[time.Time] // when the last claim or renewal that Redis granted was

	handler  context.Context
	end      context.CancelCauseFunc
	first    *time.Timer
	returned chan struct{} // closed once the handler has
}

// hold keeps the lease that was asked for at sent, until run has returned. A
// handler that ends within a third of it costs a timer and no more.
func (b *Inbox) hold(ctx context.Context, key, token string, sent time.Time) *lease {
	l := &lease{box: b, key: key, token: token, returned: make(chan struct{})}
	l.sent.Store(&sent)
	cancelled, end := context.WithCancelCause(ctx)
	l.handler, l.end = held{cancelled, l}, end
	l.first = time.AfterFunc(time.Until(sent.Add(b.cfg.Lease/3)), l.keep)
	return l
}

// run calls the handler. Whatever that says of an attempt whose lease was lost
// is no failure of the event, unless it is permanent.
func (l *lease) run(handle events.Handler, e events.Event) error {
	defer l.end(nil)
	defer close(l.returned)
	defer l.first.Stop()
	err := handle(l.handler, e)
	if err != nil && !events.IsPermanent(err) && errors.Is(context.Cause(l.handler), errLost) {
		return fmt.Errorf("%w: %w: %w", events.ErrBusy, errLost, err)
	}
	return err
}

// left is the time until the handler's context must end. What follows until the
// end of the lease is for the handler to stop in.
func (l *lease) left() time.Duration {
	return time.Until(l.sent.Load().Add(l.box.cfg.Lease * 9 / 10))
}

// held is a handler's context. Its Err goes by the clock: in a process that was
// frozen, what the handler waited for wakes it sooner than a timer ends the
// context, and by then the event may be another's. A handler that asks right
// before its effect does not begin it.
type held struct {
	context.Context
	lease *lease
}

func (h held) Err() error {
	if h.lease.left() <= 0 {
		h.lease.end(errLost)
	}
	return h.Context.Err()
}

// keep renews the lease until the handler has returned, even past its own time:
// while it runs, its effect may still come. It gives up when the lease is another
// attempt's, or when Redis has not answered for too long.
func (l *lease) keep() {
	lost := time.AfterFunc(l.left(), func() { l.end(errLost) })
	defer lost.Stop()
	for l.left() > 0 {
		sent := time.Now()
		kept, err := l.renew()
		pause := l.box.cfg.Lease / 30
		switch {
		case err == nil && kept:
			l.sent.Store(&sent)
			pause = l.box.cfg.Lease / 3
			lost.Reset(l.left())
		case err == nil:
			l.end(errLost)
			return
		}
		select {
		case <-l.returned:
			return
		case <-time.After(pause):
		}
	}
	l.end(errLost)
}

// renew asks Redis once. A renewal that is under way when the handler returns
// finds the event marked or released.
func (l *lease) renew() (kept bool, err error) {
	cfg := l.box.cfg
	ctx, cancel := context.WithTimeout(context.WithoutCancel(l.handler), cfg.Lease/10)
	defer cancel()
	return l.box.together.Run(ctx, renew, []string{l.key}, l.token, cfg.Lease.Milliseconds(), cfg.KeepFor.Milliseconds()).Bool()
}
