// Command consumer is another process that consumes, for the conformance
// suite to kill, to freeze or to give a wrong clock. It says on its output, a
// line each, what it does, and hangs or goes on as its settings say.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"

	"makegood/events"
	"makegood/events/inbox"
	"makegood/events/rabbitmq"
	"makegood/events/redisstream"
	"makegood/tests/conformance/script"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	var s script.Script
	if err := json.Unmarshal([]byte(os.Getenv(script.Variable)), &s); err != nil {
		return err
	}
	subscriber, err := subscriber(s)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	say := sayer()
	say(script.Clock, time.Now().Format(time.RFC3339))
	p := &part{Script: s, say: say, goOn: make(chan struct{}), failed: map[string]int{}}
	go p.listen()
	err = subscriber.Consume(ctx, events.Subscription{
		Consumer: s.Consumer, Concurrency: s.Concurrency, Timeout: s.Timeout, Handler: p.handle,
	})
	return errors.Join(err, subscriber.Close())
}

func subscriber(s script.Script) (events.Subscriber, error) {
	options, err := redis.ParseURL(s.RedisURL)
	if err != nil {
		return nil, err
	}
	options.ContextTimeoutEnabled = true
	client := redis.NewClient(options)
	quiet := slog.New(slog.DiscardHandler)
	box := inbox.New(client, inbox.Config{Namespace: s.Namespace, Lease: s.Lease, Log: quiet})
	if s.AMQPURL != "" {
		return rabbitmq.NewSubscriber(rabbitmq.Config{URL: s.AMQPURL, Log: quiet}, box)
	}
	return redisstream.NewSubscriber(client, redisstream.Config{Namespace: s.Namespace, Log: quiet}, box)
}

// sayer writes whole lines, one at a time.
func sayer() func(what, about string) {
	var mu sync.Mutex
	return func(what, about string) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Println(what, about)
	}
}

// part is what this process does with events.
type part struct {
	script.Script
	say  func(what, about string)
	goOn chan struct{} // closed once the test says so

	mu      sync.Mutex
	failed  map[string]int // attempts, by event
	effects int
}

// listen waits for the test's line on the input.
func (p *part) listen() {
	if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err == nil {
		close(p.goOn)
	}
}

func (p *part) handle(_ context.Context, e events.Event) error {
	p.say(script.Begun, e.ID)
	if p.Waits { // whatever becomes of its time
		<-p.goOn
	}
	attempt, effect := p.count(e)
	if effect == 0 {
		return fmt.Errorf("attempt %d of this process", attempt)
	}
	p.say(script.Handled, e.ID)
	if p.HangsFrom > 0 && effect >= p.HangsFrom { // after the effect, before the mark
		select {}
	}
	return nil
}

// count returns the number of this attempt at the event, and that of the
// process's effect, which is 0 if the attempt is to fail.
func (p *part) count(e events.Event) (attempt, effect int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failed[e.ID]++
	if p.failed[e.ID] <= p.Fails {
		return p.failed[e.ID], 0
	}
	p.effects++
	return p.failed[e.ID], p.effects
}
