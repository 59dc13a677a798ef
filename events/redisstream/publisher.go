package redisstream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"makegood/events"
)

// Publisher adds events to the stream. A group that is made later gets them
// too, so no event is unroutable.
type Publisher struct {
	redis redis.UniversalClient
	cfg   Config
}

var _ events.Publisher = (*Publisher)(nil)

// NewPublisher publishes over a client that the caller closes, made with
// ContextTimeoutEnabled.
func NewPublisher(client redis.UniversalClient, cfg Config) (*Publisher, error) {
	return &Publisher{redis: client, cfg: cfg}, obeysContext(client)
}

// Publish implements events.Publisher. All of the events are added, or none.
func (p *Publisher) Publish(ctx context.Context, list []events.Event) error {
	_, err := p.redis.TxPipelined(ctx, func(tx redis.Pipeliner) error {
		for _, e := range list {
			tx.XAdd(ctx, &redis.XAddArgs{Stream: p.cfg.stream(), Values: []any{typeField, string(e.Type), eventField, e.Body}})
		}
		return nil
	})
	var reply redis.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &reply):
		return fmt.Errorf("publish: %w: %w", events.ErrRefused, err)
	default:
		return fmt.Errorf("publish: %w: %w", events.ErrBrokerDown, err)
	}
}

// Ready implements events.Publisher.
func (p *Publisher) Ready() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := p.redis.Ping(ctx).Err(); err != nil {
		return fmt.Errorf("%w: %w", events.ErrBrokerDown, err)
	}
	return nil
}

// Close implements events.Publisher.
func (p *Publisher) Close() error { return nil }
