package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"

	"makegood/events"
	"makegood/events/redisstream"
)

// streams are Redis Streams as the roles use them.
type streams struct{ run *eventsRun }

func newStreams(r *eventsRun) *streams { return &streams{run: r} }

// rawStream is the plain client's stream and group.
func (s *streams) rawStream() string { return "{events:" + s.run.namespace + "}:raw" }

func (s *streams) open(ctx context.Context) error {
	if err := s.run.redis.XGroupCreateMkStream(ctx, s.rawStream(), consumer, "0").Err(); err != nil {
		return fmt.Errorf("REDIS_URL: reach Redis: %w", err)
	}
	return nil
}

func (s *streams) config() redisstream.Config { return redisstream.Config{Namespace: s.run.namespace} }

func (s *streams) publisher() (events.Publisher, error) {
	return redisstream.NewPublisher(s.run.redis, s.config())
}

func (s *streams) subscriber() (events.Subscriber, error) {
	return redisstream.NewSubscriber(s.run.redis, s.config(), s.run.inbox())
}

func (s *streams) version(ctx context.Context) string { return "" }

func (s *streams) remove(context.Context) error { return nil } // all is under the namespace

func (s *streams) close() error { return nil }

// raw has go-redis add each story in one transaction, as many callers at once as
// with our publisher, and read and acknowledge in groups of as many as ours reads.
func (s *streams) raw(ctx context.Context, stories [][]events.Event) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		return byCallers(ctx, stories, func(ctx context.Context, story []events.Event) error {
			_, err := s.run.redis.TxPipelined(ctx, func(tx redis.Pipeliner) error {
				for _, e := range story {
					tx.XAdd(ctx, &redis.XAddArgs{Stream: s.rawStream(), Values: []any{"event", e.Body}})
				}
				return nil
			})
			return err
		})
	})
	group.Go(func() error {
		for missing := len(stories) * storyLength; missing > 0 && ctx.Err() == nil; {
			read, err := s.run.redis.XReadGroup(ctx, &redis.XReadGroupArgs{
				Group: consumer, Consumer: "raw", Streams: []string{s.rawStream(), ">"}, Count: rawRead, Block: rawPoll,
			}).Result()
			if errors.Is(err, redis.Nil) {
				continue
			}
			if err != nil {
				return fmt.Errorf("%d events are missing: %w", missing, err)
			}
			ids := make([]string, len(read[0].Messages))
			for i, m := range read[0].Messages {
				ids[i] = m.ID
			}
			if err := s.run.redis.XAck(ctx, s.rawStream(), consumer, ids...).Err(); err != nil {
				return err
			}
			missing -= len(ids)
		}
		return ctx.Err()
	})
	return group.Wait()
}

const (
	// rawRead is how many entries are read, and acknowledged, at once.
	rawRead = 50
	// rawPoll is how long Ctrl-C may have to wait: go-redis does not interrupt a
	// read.
	rawPoll = 500 * time.Millisecond
)
