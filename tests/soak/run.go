package soak

import (
	"context"
	"fmt"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"makegood/order"
	"makegood/tests/harness"
)

const (
	// settings that let a soak of a minute see deadlines pass, attention come
	// and the audit run.
	stepDeadline   = 20 * time.Second
	attentionAfter = 5 * time.Second
	auditEvery     = 5 * time.Second

	// ending is how long the last order may take to end once all works again:
	// a step that failed often pauses for up to a minute, and its next step may
	// as well.
	ending = 4 * time.Minute
	// patience is how long a shop repeats a request that nobody answers.
	patience = 2 * time.Minute
	// mostOpen is how many orders are open at once. On a machine that is too
	// slow for the plan they come later, rather than pile up on a server that
	// then answers nobody.
	mostOpen = 120
)

// Run carries the plan out, prints how it goes, and fails the test if
// anything contradicts what must always be true.
func Run(t testing.TB, plan Plan) {
	out := t.Output()
	fmt.Fprintf(out, "soak of %s, seed %d: %d orders are planned; starting the servers\n", plan.Length, plan.Seed, len(plan.Orders))
	r := &run{plan: plan, out: out, sales: map[order.ID]*sale{}, blows: map[string]int{}, words: map[string]int{}}
	r.system = harness.New(t, harness.Apart(), harness.OwnRedis(), harness.OwnRabbitMQ(),
		harness.Setting("ADMISSION", "off"), harness.Setting("STEP_DEADLINE", stepDeadline.String()),
		harness.Setting("ATTENTION_AFTER", attentionAfter.String()), harness.Setting("AUDIT_EVERY", auditEvery.String()),
		harness.Setting("LOG_LEVEL", "info"))
	r.second = r.system.AddWorker(t)
	require.NoError(t, r.second.Start(t.Context()))
	for _, s := range plan.Supplies {
		if s.At == 0 {
			require.NoError(t, r.supply(t.Context(), s))
		}
	}
	require.NoError(t, r.play(t.Context()), "the soak itself failed (seed %d)", plan.Seed)
	r.judge(t)
}

// run is a plan under way.
type run struct {
	plan   Plan
	system *harness.System
	second *harness.Role // another worker
	out    io.Writer
	began  time.Time
	mended time.Time // when all worked again

	mu    sync.Mutex
	sales map[order.ID]*sale
	blows map[string]int // how often which target was broken how
	words map[string]int // how often the operator was heard to say what
	wrong []string       // what must not be, of no order
}

// play does what the plan says, then mends everything and waits until each
// shop has seen its order end, or has given up on it.
func (r *run) play(ctx context.Context) error {
	r.began = time.Now()
	watching, stop := context.WithCancel(ctx)
	var around sync.WaitGroup
	around.Go(func() { r.operate(watching) })
	around.Go(func() { r.progress(watching) })
	defer around.Wait()
	defer stop()

	shopping, done := context.WithTimeout(ctx, r.plan.Length+ending)
	defer done()
	var shops sync.WaitGroup
	group, playing := errgroup.WithContext(ctx)
	breaking, healed := context.WithDeadline(playing, r.began.Add(r.plan.Length))
	defer healed()
	for _, list := range r.byTarget() {
		group.Go(func() error { return r.strikeAll(ctx, breaking, list) })
	}
	group.Go(func() error {
		for _, s := range r.plan.Supplies {
			if s.At > 0 && r.until(playing, s.At) {
				shops.Go(func() { r.bring(shopping, s) })
			}
		}
		return nil
	})
	group.Go(func() error {
		open := make(chan struct{}, mostOpen)
		for _, o := range r.plan.Orders {
			select {
			case open <- struct{}{}:
			case <-breaking.Done():
				return nil
			}
			if r.until(playing, o.At) {
				shops.Go(func() {
					defer func() { <-open }()
					r.buy(shopping, o)
				})
			}
		}
		return nil
	})
	if err := group.Wait(); err != nil {
		done()
		shops.Wait()
		return err
	}
	if err := r.mendAll(ctx); err != nil {
		return err
	}
	r.mended = time.Now()
	r.print("all works again; waiting for every order to end")
	shops.Wait()
	return nil
}

// until waits for a time of the plan, and tells whether ctx outlived it.
func (r *run) until(ctx context.Context, at time.Duration) bool {
	return pause(ctx, time.Until(r.began.Add(at)))
}

// pause lets the time pass, and tells whether ctx outlived it. The plan says
// how long; nothing here waits so for something to become true.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// insist asks until there is an answer: ask returns nil, or an error that
// lasting tells is one. It returns the last error.
func insist(ctx context.Context, lasting func(error) bool, ask func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 2*time.Second) {
		trying, stop := context.WithTimeout(ctx, 15*time.Second)
		err := ask(trying)
		stop()
		if err == nil || lasting(err) || !pause(ctx, wait) {
			return err
		}
	}
}
