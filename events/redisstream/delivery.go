package redisstream

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"makegood/events"
	"makegood/telemetry"
)

var (
	//go:embed later.lua
	laterText string
	later     = redis.NewScript(laterText)

	//go:embed bury.lua
	buryText string
	bury     = redis.NewScript(buryText)

	//go:embed due.lua
	dueText string
	due     = redis.NewScript(dueText)
)

// delivery is one entry of a stream that was handed to this consumer.
type delivery struct {
	stream, entry string
	eventType     string // empty of a retry
	claimed       bool   // another member had it, and may be at it
	retry
}

// retry is how an event waits for its next attempt.
type retry struct {
	Body   []byte            `json:"body"`
	Fields map[string]string `json:"fields"` // events.Failures
}

func read(stream string, m redis.XMessage) delivery {
	d := delivery{stream: stream, entry: m.ID}
	if text, again := m.Values[retryField].(string); again {
		// A retry that can't be read has no body, and is dead for that.
		_ = json.Unmarshal([]byte(text), &d.retry)
		return d
	}
	d.eventType, _ = m.Values[typeField].(string)
	body, _ := m.Values[eventField].(string)
	d.Body = []byte(body)
	return d
}

func (d delivery) failures() events.Failures {
	return events.FailuresOf(func(key string) string { return d.Fields[key] })
}

// deadEntry is what the dead stream's entry holds.
func deadEntry(d delivery, f events.Failures) []any {
	values := []any{eventField, d.Body}
	for key, value := range f.Fields() {
		values = append(values, key, value)
	}
	return values
}

// outcome is what becomes of a delivery.
type outcome struct {
	verdict events.Verdict
	wait    time.Duration // if Later
	busy    bool          // it is Later because of events.ErrBusy
	events.Failures
}

// attempt has the event handled. It had failed before as f says.
func (g *group) attempt(ctx context.Context, d delivery, f events.Failures) (o outcome) {
	e, err := events.Decode(d.Body)
	if err == nil {
		err = g.Handle(ctx, e)
	}
	o.verdict, o.wait, o.Failures = g.Judge(f, err, time.Now())
	o.busy = errors.Is(err, events.ErrBusy)
	g.cfg.Metrics.Delivered(g.Name, o.verdict)
	if o.verdict == events.Dead {
		g.mourn(ctx, d, o.Failures)
	}
	return o
}

func (g *group) mourn(ctx context.Context, d delivery, f events.Failures) {
	e, _ := events.Decode(d.Body) // what is none has no order
	g.cfg.Log.WarnContext(telemetry.Within(ctx, e.Traceparent), "an event is dead", "consumer", g.Name, "entry", d.entry,
		"event", e.ID, "type", string(e.Type), "order_id", string(e.Subject),
		"attempts", f.Attempts, "reason", f.DeadReason, "error", f.Last)
}

// settle does what the verdict says, unless another process took the event
// over and settled it. It is safe to repeat. An error leaves the entry
// pending, and it is claimed and delivered again.
func (g *group) settle(ctx context.Context, d delivery, o outcome) error {
	own := g.own(d)
	switch o.verdict {
	case events.Later:
		text, err := json.Marshal(retry{Body: d.Body, Fields: o.Fields()})
		if err != nil {
			return err
		}
		return later.Run(ctx, g.redis, []string{d.stream, g.cfg.retries(g.Name)}, g.Name, d.entry, own, o.wait.Milliseconds(), text).Err()
	case events.Dead:
		args := append([]any{g.Name, d.entry, own}, deadEntry(d, o.Failures)...)
		return bury.Run(ctx, g.redis, []string{d.stream, g.cfg.dead(g.Name)}, args...).Err()
	}
	if own == 0 { // as nearly all are: with others of the moment
		return g.together.Do(ctx, "XACK", d.stream, g.Name, d.entry).Err()
	}
	_, err := g.redis.Pipelined(ctx, func(p redis.Pipeliner) error {
		p.XAck(ctx, d.stream, g.Name, d.entry)
		p.XDel(ctx, d.stream, d.entry)
		return nil
	})
	return err
}

// own is 1 of an entry in the consumer's own stream, which nobody else reads:
// it is deleted with its acknowledgement.
func (g *group) own(d delivery) int {
	if d.stream == g.cfg.again(g.Name) {
		return 1
	}
	return 0
}
