package redisstream

import (
	"context"
	_ "embed"
	"encoding/json"
	"time"

	"github.com/redis/go-redis/v9"

	"makegood/events"
)

var (
	//go:embed later.lua
	laterText string
	later     = redis.NewScript(laterText)

	//go:embed due.lua
	dueText string
	due     = redis.NewScript(dueText)
)

// delivery is one entry of a stream that was handed to this consumer.
type delivery struct {
	stream, entry string
	eventType     string // empty of a retry
	retry
}

// retry is how an event waits for its next attempt.
type retry struct {
	Body   []byte            `json:"body"`
	Fields map[string]string `json:"fields"` // events.Failures
}

const retryField = "retry"

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

// settle does what the verdict says. An error leaves the entry pending, and it
// is claimed and delivered again.
func (g *group) settle(ctx context.Context, d delivery, verdict events.Verdict, wait time.Duration, f events.Failures) error {
	switch verdict {
	case events.Later:
		return g.later(ctx, d, wait, f)
	case events.Dead:
		return g.bury(ctx, d, f)
	default:
		return g.acknowledge(ctx, g.redis, d)
	}
}

func (g *group) later(ctx context.Context, d delivery, wait time.Duration, f events.Failures) error {
	text, err := json.Marshal(retry{Body: d.Body, Fields: f.Fields()})
	if err != nil {
		return err
	}
	return later.Run(ctx, g.redis, []string{g.cfg.retries(g.Name), d.stream}, g.Name, d.entry, text, wait.Milliseconds()).Err()
}

func (g *group) bury(ctx context.Context, d delivery, f events.Failures) error {
	values := []any{eventField, d.Body}
	for key, value := range f.Fields() {
		values = append(values, key, value)
	}
	_, err := g.redis.TxPipelined(ctx, func(tx redis.Pipeliner) error {
		tx.XAdd(ctx, &redis.XAddArgs{Stream: g.cfg.dead(g.Name), Values: values})
		return g.acknowledge(ctx, tx, d)
	})
	return err
}

// acknowledge also deletes a retry from the consumer's own stream, which
// nobody else reads.
func (g *group) acknowledge(ctx context.Context, on redis.Cmdable, d delivery) error {
	if d.stream != g.cfg.again(g.Name) {
		return on.XAck(ctx, d.stream, g.Name, d.entry).Err()
	}
	_, err := on.TxPipelined(ctx, func(tx redis.Pipeliner) error {
		tx.XAck(ctx, d.stream, g.Name, d.entry)
		tx.XDel(ctx, d.stream, d.entry)
		return nil
	})
	return err
}
