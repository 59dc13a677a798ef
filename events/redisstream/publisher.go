package redisstream

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"makegood/events"
)

// Publisher adds events to the stream.
//
// go-redis repeats a call by itself when a connection breaks, so an event may
// be in the stream twice, as after a publish that is repeated: consumers know
// it by its id.
type Publisher struct {
	redis    redis.UniversalClient
	cfg      Config
	topology topology
	closed   atomic.Bool
}

var _ events.Publisher = (*Publisher)(nil)

// NewPublisher publishes over a client that the caller closes, made with
// ContextTimeoutEnabled.
func NewPublisher(client redis.UniversalClient, cfg Config) (*Publisher, error) {
	return &Publisher{redis: client, cfg: cfg.withDefaults()}, obeysContext(client)
}

var errClosed = fmt.Errorf("publish: %w: the publisher is closed", events.ErrBrokerDown)

// Publish implements events.Publisher. All of the events are added, or none.
// A group that is made later than the stream's first ones does not get them.
func (p *Publisher) Publish(ctx context.Context, list []events.Event) error {
	if p.closed.Load() {
		return errClosed
	}
	began := time.Now()
	err := p.add(ctx, list)
	if err != nil {
		p.topology.forget()
	}
	switch {
	case err == nil:
		p.cfg.Outage.hear(ctx, began, nil)
		return nil
	case refused(err):
		p.cfg.Outage.hear(ctx, began, nil) // it answers
		return fmt.Errorf("publish: %w: %w", events.ErrRefused, err)
	default:
		if !errors.Is(ctx.Err(), context.Canceled) && !hasty(began, err) {
			p.cfg.Outage.hear(context.WithoutCancel(ctx), began, err)
		}
		return fmt.Errorf("publish: %w: %w", events.ErrBrokerDown, err)
	}
}

// patience is how long Redis may take to answer, such as for one slow fsync,
// before that is an outage. An order's lane has less, and a publish with more
// follows one that missed its time there.
const patience = time.Second

// hasty tells whether a publish only had too little time to know of an outage.
func hasty(began time.Time, err error) bool {
	var late net.Error
	return errors.As(err, &late) && late.Timeout() && time.Since(began) < patience
}

func (p *Publisher) add(ctx context.Context, list []events.Event) error {
	if err := p.topology.make(ctx, p.redis, p.cfg); err != nil {
		return err
	}
	_, err := p.redis.TxPipelined(ctx, func(tx redis.Pipeliner) error {
		for _, e := range list {
			tx.XAdd(ctx, &redis.XAddArgs{Stream: p.cfg.stream(), Values: []any{typeField, string(e.Type), eventField, e.Body}})
		}
		return nil
	})
	return err
}

// Ready implements events.Publisher. It makes the groups that are missing.
func (p *Publisher) Ready() error {
	if p.closed.Load() {
		return errClosed
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	err := p.topology.make(ctx, p.redis, p.cfg)
	if err == nil {
		err = p.redis.Ping(ctx).Err()
	}
	if err != nil {
		p.topology.forget()
		return fmt.Errorf("%w: %w", events.ErrBrokerDown, err)
	}
	return nil
}

// Close implements events.Publisher. The client stays the caller's.
func (p *Publisher) Close() error {
	p.closed.Store(true)
	return nil
}
