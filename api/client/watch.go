package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"time"

	"makegood/api/client/internal/sse"
	"makegood/order"
)

const (
	// A gateway that restarts is back within seconds; one that stays away for
	// patience is not coming.
	patience     = time.Minute
	firstPause   = 100 * time.Millisecond
	longestPause = 2 * time.Second
	// silence is three of the gateway's heartbeats: a connection that brings
	// not even those is broken, though nobody said so.
	silence = 45 * time.Second
)

// Watch yields what happened to the order from its first event on, each once,
// then what happens, until its terminal event, or until nothing will follow
// because somebody terminated its workflow. A connection that breaks is taken
// up again with Last-Event-ID. An error is the last thing it yields: a
// *Problem (not_found, above all), a gateway that can't be reached at the
// beginning or for a minute, or the end of ctx. It changes nothing.
func (c *Client) Watch(ctx context.Context, id order.ID) iter.Seq2[Happening, error] {
	return func(yield func(Happening, error) bool) {
		last := 0 // sequence; a gateway may repeat itself
		w := watch{client: c, path: orderPath(id) + "/events", hear: func(data string) (bool, error) {
			e, err := eventOf(data)
			if err != nil || e.Sequence <= last {
				return false, err
			}
			last = e.Sequence
			return !yield(e.Happening, nil) || e.Terminal(), nil
		}}
		if err := w.follow(ctx); err != nil {
			yield(Happening{}, fmt.Errorf("watch order %s: %w", id, err))
		}
	}
}

// watch is one stream over however many connections.
type watch struct {
	client *Client
	path   string
	query  url.Values
	// hear takes a frame's data, and tells whether that is all that is wanted.
	hear func(data string) (enough bool, err error)

	lastID    string    // of the last frame
	connected time.Time // when there was last a connection; zero if never
	ended     bool      // by hear, or the gateway's word
}

func (w *watch) follow(ctx context.Context) error {
	pause := firstPause
	for {
		before := w.lastID
		err := w.connect(ctx)
		if w.ended {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil && (!Passing(err) || time.Since(w.connected) > patience) {
			return err
		}
		if w.lastID != before {
			pause = firstPause
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
		pause = min(2*pause, longestPause)
	}
}

// connect reads one connection to its end. The end of the stream without a
// terminal event is no error: the gateway stops, or has no more to tell, which
// it says when asked again.
func (w *watch) connect(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	header := http.Header{"Accept": {"text/event-stream"}}
	if w.lastID != "" {
		header.Set("Last-Event-ID", w.lastID)
	}
	answer, err := w.client.send(ctx, call{method: http.MethodGet, path: w.path, query: w.query, header: header})
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	defer func() { w.connected = time.Now() }()
	if answer.StatusCode == http.StatusNoContent {
		w.ended = true
		return nil
	}
	alive := time.AfterFunc(silence, stop)
	defer alive.Stop()
	frames := sse.NewReader(beating{answer.Body, alive})
	for {
		frame, err := frames.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the stream: %w", err)
		}
		if w.ended, err = w.hear(frame.Data); err != nil {
			return errUnreadable{err}
		}
		w.lastID = frame.ID
		if w.ended {
			return nil
		}
	}
}

// beating puts the end of a silent connection off with every byte of it.
type beating struct {
	io.Reader
	alive *time.Timer
}

func (b beating) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	b.alive.Reset(silence)
	return n, err
}

// errUnreadable is an event that no later connection makes readable.
type errUnreadable struct{ error }

func (e errUnreadable) Unwrap() error { return e.error }

// Passing tells whether the same call may fare better a moment later: nothing
// answered it, or what answered says that it can't at the moment.
func Passing(err error) bool {
	if p := (*Problem)(nil); errors.As(err, &p) {
		return p.Status >= http.StatusInternalServerError || p.Status == http.StatusTooManyRequests
	}
	return !errors.As(err, new(errUnreadable))
}
