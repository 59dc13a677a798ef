package bench

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"

	"makegood/events"
	"makegood/events/inbox"
)

// eventsRun is one run of the benchmark.
type eventsRun struct {
	EventsConfig
	carrier   carrier
	redis     redis.UniversalClient
	namespace string

	rows    []*eventsRow // the plain client's, ours, and ours at the rate
	told    int64        // how many stories there were so far
	bytes   int          // of an event, on average
	handled handled
}

// eventsRow is one thing that is measured.
type eventsRow struct {
	measurement
	stories int // a slice
	// carry returns once the stories are published, or, of the plain client,
	// done with.
	carry func(ctx context.Context, made [][]events.Event) error
}

// consumer gets every event and does nothing with it, beyond what the roles'
// consumers do before and after their effect.
const consumer = "bench"

func (r *eventsRun) inbox() *inbox.Inbox {
	return inbox.New(r.redis, inbox.Config{Namespace: r.namespace, KeepFor: time.Hour})
}

// run measures all rows a slice at a time. Ours is connected throughout, as a
// role is, and idle while the plain client has its turn.
func (r *eventsRun) run(ctx context.Context) (err error) {
	publisher, err := r.carrier.publisher()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, publisher.Close()) }()
	subscriber, err := r.carrier.subscriber()
	if err != nil {
		return err
	}
	consuming, stop := context.WithCancel(ctx)
	var consumed errgroup.Group
	consumed.Go(func() error {
		return subscriber.Consume(consuming, events.Subscription{
			Consumer: events.Consumer{Name: consumer}, Handler: r.handled.handle,
		})
	})
	defer func() {
		stop()
		err = errors.Join(err, consumed.Wait(), subscriber.Close())
	}()
	r.rows = []*eventsRow{
		{measurement: measurement{name: "raw", title: "plain client"}, carry: r.carrier.raw},
		{measurement: measurement{name: "makegood", title: "makegood"}, carry: func(ctx context.Context, made [][]events.Event) error {
			return byCallers(ctx, made, publisher.Publish)
		}},
		{
			measurement: measurement{name: "paced", title: fmt.Sprintf("makegood at %d/s", r.Rate)},
			stories:     max(1, int(float64(r.Rate)*r.Time.Seconds()/rounds/storyLength)),
			carry: func(ctx context.Context, made [][]events.Event) error {
				return r.pace(ctx, publisher, made)
			},
		},
	}
	if b, ok := r.carrier.(*broker); ok {
		r.rows = append(r.rows, &eventsRow{
			measurement: measurement{name: "audited", title: "makegood with audit stream"},
			carry: func(ctx context.Context, made [][]events.Event) error {
				if err := b.audit(ctx, true); err != nil {
					return err
				}
				err := byCallers(ctx, made, publisher.Publish)
				return errors.Join(err, b.audit(ctx, false))
			},
		})
	}
	if err := r.warmUp(ctx, publisher); err != nil {
		return err
	}
	for round := range rounds {
		fmt.Fprintf(r.Progress, "Round %d of %d:", round+1, rounds)
		err := r.round(ctx)
		fmt.Fprintln(r.Progress)
		if err != nil {
			return err
		}
	}
	return nil
}

// warmUp waits until both ends are in business, and finds out how many stories
// fill a slice of each row.
func (r *eventsRun) warmUp(ctx context.Context, p events.Publisher) error {
	fmt.Fprintln(r.Progress, "Connecting")
	ctx, cancel := context.WithTimeout(ctx, stuckAfter)
	defer cancel()
	first, err := r.next(20)
	if err != nil {
		return err
	}
	r.handled.expect(first)
	for _, e := range first[0] {
		r.bytes += len(e.Body) / storyLength
	}
	for _, story := range first {
		for err := p.Publish(ctx, story); err != nil; err = p.Publish(ctx, story) {
			select {
			case <-ctx.Done():
				return err
			case <-time.After(50 * time.Millisecond):
			}
		}
	}
	if err := r.handled.wait(ctx); err != nil {
		return err
	}
	const probe = 400
	for _, row := range r.rows {
		if row.stories > 0 {
			continue
		}
		made, err := r.next(probe)
		if err != nil {
			return err
		}
		s, err := r.measure(ctx, row, made)
		if err != nil {
			return fmt.Errorf("%s: %w", row.title, err)
		}
		row.stories = max(1, int(s.rate()*r.Time.Seconds()/rounds/storyLength))
	}
	return nil
}

func (r *eventsRun) round(ctx context.Context) error {
	for _, row := range r.rows {
		made, err := r.next(row.stories)
		if err != nil {
			return err
		}
		fmt.Fprintf(r.Progress, " %s", row.title)
		s, err := r.measure(ctx, row, made)
		if err != nil {
			return fmt.Errorf("%s: %w", row.title, err)
		}
		row.slices = append(row.slices, s)
		fmt.Fprintf(r.Progress, " %.0f/s", s.rate())
	}
	return nil
}

func (r *eventsRun) next(n int) ([][]events.Event, error) {
	made, err := stories(r.told, n)
	r.told += int64(n)
	return made, err
}

// measure has the stories carried, and counts until the last event is done with.
func (r *eventsRun) measure(ctx context.Context, row *eventsRow, made [][]events.Event) (slice, error) {
	ctx, cancel := context.WithTimeout(ctx, stuckAfter+r.Time)
	defer cancel()
	r.handled.expect(made)
	runtime.GC() // what was measured before leaves no garbage to this one
	began := time.Now()
	err := row.carry(ctx, made)
	if err == nil && row != r.rows[0] {
		err = r.handled.wait(ctx)
	}
	return slice{calls: int64(len(made) * storyLength), took: time.Since(began), latency: r.handled.take()}, err
}

// byCallers has the callers publish all stories, as fast as it goes.
func byCallers(ctx context.Context, made [][]events.Event, publish func(context.Context, []events.Event) error) error {
	var next atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	for range callers {
		group.Go(func() error {
			for i := next.Add(1) - 1; i < int64(len(made)); i = next.Add(1) - 1 {
				if err := publish(ctx, made[i]); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// pace publishes a story whenever one is due by the rate, whatever has become of
// those before: a caller that waits for its turn would leave out the time in
// which others would have come.
func (r *eventsRun) pace(ctx context.Context, p events.Publisher, made [][]events.Event) error {
	began, every := time.Now(), time.Duration(storyLength*float64(time.Second)/float64(r.Rate))
	r.handled.schedule(began, every)
	var group errgroup.Group
	for i, story := range made {
		if early := time.Until(began.Add(time.Duration(i) * every)); early > 0 {
			time.Sleep(early)
		}
		if ctx.Err() != nil {
			break
		}
		group.Go(func() error { return p.Publish(ctx, story) })
	}
	return errors.Join(group.Wait(), ctx.Err())
}
