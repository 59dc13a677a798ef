package api

import (
	"context"
	"time"

	"github.com/failsafe-go/failsafe-go/adaptivelimiter"
	"github.com/prometheus/client_golang/prometheus"
)

// docs/adr/0021 says where these come from.
const (
	// fewestStarts are let through at once however slow the servers seem, and
	// mostStarts however fast: a worker has as many slots for workflow tasks.
	// A gateway begins with firstStarts.
	fewestStarts, mostStarts, firstStarts = 16, 1000, 32
	// Twice as many orders as are let through may wait for their turn. From
	// there on some are refused, and all when there are four times as many.
	queueRefusesFrom, queueRefusesAll = 2, 4
	// queueTimeout is how long an order waits for its turn. A full queue takes
	// four times what an order is under way for, which is some 1.2 s at most
	// while the servers get on at all: nobody waits in vain for a 503 that the
	// others heard at once. With the start it is below writeTimeout.
	queueTimeout = 15 * time.Second
)

// startLimit lets as many orders start at once as the servers work off without
// getting slower, which it finds out from how long they take.
type startLimit struct {
	permits adaptivelimiter.AdaptiveLimiter[any]
	refused prometheus.Counter
}

func newStartLimit(registry *prometheus.Registry) *startLimit {
	permits := adaptivelimiter.NewBuilder[any]().
		WithLimits(fewestStarts, mostStarts, firstStarts).
		WithQueueing(queueRefusesFrom, queueRefusesAll).
		Build()
	return &startLimit{permits: permits, refused: newOverloadMetrics(registry, permits)}
}

// take returns a permit, which the caller gives back once by Record, with the
// time that it held it for, or by Drop. It waits for its turn unless too many
// do, and then refuses the order at once; so it does when ctx ends.
func (l *startLimit) take(ctx context.Context) (adaptivelimiter.Permit, error) {
	permit, err := l.permits.AcquirePermitWithMaxWait(ctx, queueTimeout)
	if err != nil {
		if ctx.Err() == nil { // else who placed it is gone, or the gateway is going
			l.refused.Inc()
		}
		return nil, tooMany()
	}
	return permit, nil
}

// tooMany refuses the order. It doesn't ask Temporal whether another gateway has
// taken it: that would make a refusal cost what it is to save. So the problem
// says of this request alone that it started nothing.
func tooMany() error {
	return problem(overloaded, "more orders come than are worked off: this request started nothing, send it again").again()
}
