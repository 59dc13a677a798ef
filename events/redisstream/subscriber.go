package redisstream

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/redis/go-redis/v9"

	"makegood/events"
	"makegood/events/inbox"
	"makegood/roundtrips"
)

// Subscriber delivers events to groups.
type Subscriber struct {
	redis redis.UniversalClient
	cfg   Config
	inbox *inbox.Inbox
	keep  *keeper

	mu     sync.Mutex
	groups []*group
}

var _ events.Subscriber = (*Subscriber)(nil)

// NewSubscriber reads over a client that the caller closes, made with
// ContextTimeoutEnabled.
func NewSubscriber(client redis.UniversalClient, cfg Config, box *inbox.Inbox) (*Subscriber, error) {
	cfg = cfg.withDefaults()
	return &Subscriber{redis: client, cfg: cfg, inbox: box, keep: &keeper{redis: client, cfg: cfg}}, obeysContext(client)
}

// Consume implements events.Subscriber.
func (s *Subscriber) Consume(ctx context.Context, sub events.Subscription) error {
	sub, err := sub.Normalize(events.RedisStreams)
	if err != nil {
		return err
	}
	sub.Handler = s.inbox.Once(sub.Name, sub.Handler)
	host, _ := os.Hostname()
	g := &group{
		Subscription: sub, redis: s.redis, together: roundtrips.New(s.redis), cfg: s.cfg,
		inboxLease: s.inbox.Lease(),
		member:     fmt.Sprintf("%s-%d-%s", host, os.Getpid(), rand.Text()[:6]),
	}
	s.mu.Lock()
	s.groups = append(s.groups, g)
	s.mu.Unlock()
	defer s.keep.hold()()
	if g.Ordered {
		g.runOrdered(ctx)
	} else {
		newReader(g).run(ctx)
	}
	return nil
}

// Ready implements events.Subscriber.
func (s *Subscriber) Ready() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	errs := []error{s.cfg.Outage.ready()}
	for _, g := range s.groups {
		errs = append(errs, g.ready())
	}
	return errors.Join(errs...)
}

// Close implements events.Subscriber.
func (s *Subscriber) Close() error { return nil }
