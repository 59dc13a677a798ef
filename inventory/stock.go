// Package inventory owns the stock: what is on hand, what is held for which
// order, and the record of every change, in Redis. Each change is one atomic
// script that keeps its first outcome, so all of it is safe to retry, by
// go-redis, by Temporal and by hand.
//
// It never frees a hold by time, and never decides whether an order goes
// forward or back: the saga does.
package inventory

import (
	"context"
	"embed"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"makegood/roundtrips"
)

// MaxUnits is the most that can be on hand of one SKU, and the most that an
// order can ask of all of them: beyond 2^53-1 Lua's numbers skip integers.
const MaxUnits = 1<<53 - 1

// MaxLines is the most lines that an order has (design.md, section 7).
const MaxLines = 100

// Stock is one pool of stock: a warehouse, a tenant, a test.
type Stock struct {
	client   redis.UniversalClient
	together *roundtrips.Shared
	keys     keys
	keepFor  time.Duration
}

// Config is what a pool needs beside its server.
type Config struct {
	// Namespace names the pool. Pools share nothing but the server.
	Namespace string
	// KeepFor is how long the record of a closed order, and of a Set or
	// Adjust, is kept. Zero means 37 days: the 30 days that orders are kept
	// for, plus 7. A shorter one lets a late retry act twice.
	KeepFor time.Duration
}

// New returns the pool. It asks nothing of the server; see CheckServer.
func New(client redis.UniversalClient, cfg Config) *Stock {
	if cfg.KeepFor <= 0 {
		cfg.KeepFor = (30 + 7) * 24 * time.Hour
	}
	return &Stock{client: client, together: roundtrips.New(client), keys: newKeys(cfg.Namespace), keepFor: cfg.KeepFor}
}

// Ping returns an error unless the node that owns the pool answers.
func (s *Stock) Ping(ctx context.Context) error {
	// Not PING: in a cluster any node would answer it.
	if err := s.client.Exists(ctx, s.keys.skus()).Err(); err != nil {
		return fmt.Errorf("reach the stock: %w", err)
	}
	return nil
}

//go:embed scripts/*.lua
var sources embed.FS

var (
	reserveScript = script("reserve")
	commitScript  = script("commit")
	releaseScript = script("release")
	adjustScript  = script("adjust")
	repairScript  = script("repair")
	recountScript = script("recount")
)

func script(name string) *redis.Script {
	source, err := sources.ReadFile("scripts/" + name + ".lua")
	if err != nil {
		panic(err) // embedded at build time
	}
	return redis.NewScript(string(source))
}
