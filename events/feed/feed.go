// Package feed lets any number of people in one process watch what is
// published, over one tail of the broker's record. It reads only while somebody
// watches, and waits for nobody: who falls behind is dropped, and comes again
// with the position that it has seen.
package feed

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"makegood/events"
)

const (
	// most is how far a watcher may fall behind. With it a full one holds some
	// 1.5 MB, which it shares with the others.
	most = 1024
	// kept is how many of the latest entries are held for who comes again.
	kept = most / 2
	// alone is how many watchers at once may have a tail of their own, to read
	// what is older than that.
	alone = 8
	pause = time.Second
)

var (
	// ErrBehind ends a watcher that took its entries too slowly.
	ErrBehind = errors.New("the watcher fell behind")
	// ErrBusy refuses one more that wants to read what is older.
	ErrBusy = errors.New("too many watchers read what is older")
)

// Feed is safe for concurrent use.
type Feed struct {
	tailer events.Tailer
	log    *slog.Logger
	alone  *semaphore.Weighted
	tails  sync.WaitGroup

	mu       sync.Mutex
	watchers map[*Watcher]bool // true for those that have the shared tail
	latest   []events.Entry    // up to kept, the oldest first
	stop     context.CancelFunc
	ready    chan struct{} // closed once the shared tail reads, or can't
	failed   error         // why it can't now
}

// New reads nothing yet.
func New(tailer events.Tailer, log *slog.Logger) *Feed {
	return &Feed{tailer: tailer, log: log, alone: semaphore.NewWeighted(alone), watchers: map[*Watcher]bool{}}
}

// Watch returns once nothing that is published from then on is missed by the
// watcher, which wants only some entries. After a position it gets what
// followed that first. Its errors are events.ErrPosition, events.ErrBrokerDown,
// ErrBusy and what the broker refuses. The caller leaves.
func (f *Feed) Watch(ctx context.Context, after string, wants func(events.Event) bool) (*Watcher, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	w := &Watcher{feed: f, wants: wants, entries: make(chan events.Entry, most)}
	if err := f.begun(ctx, w, after); err != nil {
		w.Leave()
		return nil, err
	}
	return w, nil
}

func (f *Feed) begun(ctx context.Context, w *Watcher, after string) error {
	shared, ready := f.join(w, after)
	if !shared {
		return f.catchUp(ctx, w, after)
	}
	select {
	case <-ready:
	case <-ctx.Done():
		return ctx.Err()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.failed
}

// Close waits until nothing is read any more. The watchers must have left.
func (f *Feed) Close() { f.tails.Wait() }

// join takes the watcher in, and starts the shared tail with the first one.
// Shared is false if what followed the position isn't held here.
func (f *Feed) join(w *Watcher, after string) (shared bool, ready chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.watchers) == 0 {
		f.begin()
	}
	f.watchers[w] = after == "" || f.repeat(w, after)
	return f.watchers[w], f.ready
}

// repeat gives the watcher what followed the position, if all of that is held
// and it can take all of it.
func (f *Feed) repeat(w *Watcher, after string) bool {
	for i := len(f.latest) - 1; i >= 0; i-- {
		if f.latest[i].Position != after {
			continue
		}
		if len(f.latest)-i > most-len(w.entries) {
			return false
		}
		for _, e := range f.latest[i+1:] {
			w.offer(e)
		}
		return true
	}
	return false
}

func (f *Feed) begin() {
	ctx, stop := context.WithCancel(context.Background())
	f.stop, f.ready, f.failed = stop, make(chan struct{}), nil
	f.tails.Go(func() { f.read(ctx) })
}

// read goes on through outages where it was.
func (f *Feed) read(ctx context.Context) {
	var from events.From
	from.Begun = func() {
		f.settle(ctx, nil)
		if from.After == "" && from.Published.IsZero() { // where to go on if nothing has come by then
			from.Published = time.Now()
		}
	}
	for {
		err := f.tailer.Tail(ctx, from, func(e events.Entry) error {
			from.After = e.Position
			return f.tell(ctx, e)
		})
		if ctx.Err() != nil {
			return
		}
		if f.settle(ctx, err) {
			f.log.Info("the tail of all events ended, trying again", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// settle tells whoever waits, or comes, how the tail is, and returns whether it
// was well before.
func (f *Feed) settle(ctx context.Context, err error) (news bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if ctx.Err() != nil { // a later tail may be at it
		return false
	}
	news = f.failed == nil
	f.failed = err
	select {
	case <-f.ready:
	default:
		close(f.ready)
	}
	return news
}

func (f *Feed) tell(ctx context.Context, e events.Entry) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if len(f.latest) == kept {
		f.latest = append(f.latest[:0:0], f.latest[kept/4:]...)
	}
	f.latest = append(f.latest, e)
	for w, shares := range f.watchers {
		if shares && !w.offer(e) {
			f.drop(w)
			w.end(ErrBehind)
		}
	}
	return nil
}

// drop stops the tail with the last watcher.
func (f *Feed) drop(w *Watcher) {
	if _, there := f.watchers[w]; !there {
		return
	}
	delete(f.watchers, w)
	if len(f.watchers) == 0 {
		f.stop()
		f.latest = nil
	}
}
