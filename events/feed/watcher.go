package feed

import (
	"context"
	"errors"
	"fmt"

	"makegood/events"
)

// Watcher is one who watches. Its methods are for one goroutine.
type Watcher struct {
	feed    *Feed
	wants   func(events.Event) bool
	entries chan events.Entry
	err     error              // before entries is closed
	alone   context.CancelFunc // ends a tail of its own
}

// Entries is closed when the watcher ends; Err then says why.
func (w *Watcher) Entries() <-chan events.Entry { return w.entries }

// Err is ErrBehind, or why what is older can't be read on.
func (w *Watcher) Err() error { return w.err }

// Leave ends it. It is safe to repeat.
func (w *Watcher) Leave() {
	if w.alone != nil {
		w.alone()
	}
	w.feed.mu.Lock()
	defer w.feed.mu.Unlock()
	w.feed.drop(w)
}

// offer never waits. It returns false to one that can't take what it wants.
func (w *Watcher) offer(e events.Entry) bool {
	if !w.wants(e.Event) {
		return true
	}
	select {
	case w.entries <- e:
		return true
	default:
		return false
	}
}

func (w *Watcher) end(err error) {
	w.err = err
	close(w.entries)
}

// errJoined ends a watcher's own tail: it has the shared one now.
var errJoined = errors.New("joined")

// catchUp reads, for this watcher alone, what followed the position, until it
// is where the shared tail is. What it reads waits for the watcher.
func (f *Feed) catchUp(ctx context.Context, w *Watcher, after string) error {
	if !f.alone.TryAcquire(1) {
		return ErrBusy
	}
	reading, stop := context.WithCancel(context.Background())
	w.alone = stop
	begun, ended := make(chan struct{}), make(chan error, 1)
	f.tails.Go(func() {
		defer f.alone.Release(1)
		from := events.From{After: after, Begun: func() { close(begun) }}
		err := f.tailer.Tail(reading, from, func(e events.Entry) error { return f.handOver(reading, w, e) })
		if !errors.Is(err, errJoined) {
			ended <- err
			w.end(fmt.Errorf("read what is older: %w", err))
		}
	})
	select {
	case <-begun:
		return nil
	case err := <-ended:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// handOver waits for the watcher to take the entry. It returns errJoined once
// the shared tail goes on from here.
func (f *Feed) handOver(ctx context.Context, w *Watcher, e events.Entry) error {
	if w.wants(e.Event) {
		select {
		case w.entries <- e:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, there := f.watchers[w]; !there || !f.repeat(w, e.Position) {
		return nil
	}
	f.watchers[w] = true
	return errJoined
}
