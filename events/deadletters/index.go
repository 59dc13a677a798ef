// Package deadletters owns the index of dead letters in Redis: which events
// their consumers could not handle, why, and what is to become of them. A queue
// can't be browsed, as that counts as delivering; this can.
//
// It never drops a letter silently: one is there until somebody redrives or
// discards it, or its time ends, which is logged and counted. It never looks
// into an event beyond its envelope, and never handles one.
package deadletters

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
)

// DefaultKeepFor is shorter than inbox.DefaultKeepFor, so that the inbox still
// knows of every effect when a letter is redriven.
const DefaultKeepFor = 30 * 24 * time.Hour

// Config has a useful zero value.
type Config struct {
	// Namespace keeps installations that share a Redis apart.
	Namespace string
	// KeepFor is how long a letter is kept after its last death, and a
	// discarded one after that. Zero means DefaultKeepFor. It must be shorter
	// than the inbox remembers, or a redrive repeats an effect.
	KeepFor time.Duration
	// Lease is how long a process has to give back a letter that it claimed.
	// Zero means 15 s: a transport gives up after 5 s.
	Lease time.Duration
	// Registry takes the metrics; it has room for one index. Nil means none.
	Registry prometheus.Registerer
	// Log hears of every letter that is added, discarded or forgotten. Nil
	// means slog.Default.
	Log *slog.Logger
}

// Index is the dead letters of one namespace, safe for concurrent use.
type Index struct {
	redis   redis.UniversalClient
	cfg     Config
	keys    keys
	metrics metrics
}

// New makes an index on a Redis that the caller closes. It asks nothing of it.
func New(client redis.UniversalClient, cfg Config) *Index {
	if cfg.KeepFor <= 0 {
		cfg.KeepFor = DefaultKeepFor
	}
	if cfg.Lease <= 0 {
		cfg.Lease = 15 * time.Second
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	x := &Index{redis: client, cfg: cfg, keys: newKeys(cfg.Namespace)}
	x.metrics = newMetrics(cfg.Registry, x)
	return x
}

var (
	// ErrUnknown is a letter that is not there, or not any more.
	ErrUnknown = errors.New("there is no such dead letter")
	// ErrRedriven is a letter whose consumer has it back, or is about to.
	ErrRedriven = errors.New("the dead letter is redriven")
	// ErrDiscarded is a letter that somebody has discarded.
	ErrDiscarded = errors.New("the dead letter was discarded")
)

// Open is how many letters are dead or redriving.
func (x *Index) Open(ctx context.Context) (int64, error) {
	return x.redis.ZCard(ctx, x.keys.list(Dead)).Result()
}
