package deadletters

import (
	"context"
	"fmt"
	"time"
)

const (
	// mostExpired bounds the work of one Expire.
	mostExpired = 100
	// expireLease is how long one process has for that.
	expireLease = time.Minute
)

// Expire forgets up to 100 letters whose time is over, and returns how many. It
// is safe to run in several processes: each letter is forgotten by one. Those
// that nobody had redriven or discarded are in the log before they are gone.
func (x *Index) Expire(ctx context.Context) (int, error) {
	fail := func(n int, err error) (int, error) { return n, fmt.Errorf("expire dead letters: %w", err) }
	lease, ids, err := x.claim(ctx, x.keys.ends(), mostExpired, expireLease)
	if err != nil {
		return fail(0, err)
	}
	letters, err := x.load(ctx, ids, false)
	if err != nil {
		return fail(0, err)
	}
	forgotten := 0
	for _, l := range letters {
		open := l.State == Dead || l.State == Redriving
		if open {
			x.cfg.Log.ErrorContext(ctx, "a dead letter expires, and nobody has redriven or discarded it", append(l.attrs(), "died_at", l.DiedAt)...)
		}
		done, err := expireScript.Run(ctx, x.redis, []string{
			x.keys.letter(l.ID), x.keys.list(Dead), x.keys.list(Redriven), x.keys.list(Discarded),
			x.keys.marked(l.Consumer), x.keys.ends(), x.keys.orders(),
		}, l.ID, lease, string(l.OrderID)).Bool()
		if err != nil {
			return fail(forgotten, err)
		}
		if done {
			forgotten++
		}
		if done && open {
			x.metrics.expired.WithLabelValues(l.Consumer).Inc()
		}
	}
	return forgotten, nil
}

// claim leases up to n letters of a sorted set by time whose time has come.
func (x *Index) claim(ctx context.Context, key string, n int, lease time.Duration) (ends string, ids []string, err error) {
	words, err := claimScript.Run(ctx, x.redis, []string{key}, n, lease.Milliseconds()).StringSlice()
	if err != nil {
		return "", nil, err
	}
	return words[0], words[1:], nil
}
