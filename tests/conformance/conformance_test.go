package conformance_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"makegood/events"
	"makegood/events/deadletters"
	"makegood/events/inbox"
	"makegood/events/rabbitmq"
	"makegood/events/redisstream"
	"makegood/servers"
	"makegood/tests/conformance"
)

var (
	broker *servers.RabbitMQServer
	store  *servers.RedisServer
	corner atomic.Int64 // numbers virtual hosts and namespaces
)

func TestMain(m *testing.M) {
	if consumer := os.Getenv("DOOMED_CONSUMER"); consumer != "" {
		doomed(consumer)
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	before := goleak.IgnoreCurrent()
	var err error
	if broker, err = servers.RabbitMQ(context.Background(), servers.Options{}); err == nil {
		store, err = servers.Redis(context.Background(), servers.Options{})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := m.Run()
	_ = errors.Join(broker.Stop(), store.Stop())
	if err := goleak.Find(before); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

func TestRabbitMQ(t *testing.T) { conformance.Run(t, openRabbitMQ) }

func TestRedisStreams(t *testing.T) {
	conformance.Run(t, func(t *testing.T) conformance.Transport { return openRedis(t, store.URL) })
}

func TestRedisStreamsEmbedded(t *testing.T) {
	conformance.Run(t, func(t *testing.T) conformance.Transport {
		return openRedis(t, "redis://"+miniredis.RunT(t).Addr())
	})
}

func openRabbitMQ(t *testing.T) conformance.Transport {
	name := fmt.Sprintf("conformance-%d", corner.Add(1))
	url, err := broker.AddVhost(t.Context(), name)
	require.NoError(t, err)
	cfg := rabbitmq.Config{URL: url, Consumers: []events.Consumer{{Name: conformance.Known}}}
	return conformance.Transport{
		Publisher: func(t *testing.T) events.Publisher {
			p, err := rabbitmq.NewPublisher(cfg)
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, p.Close()) })
			return p
		},
		Subscriber: func(t *testing.T) events.Subscriber {
			s, err := rabbitmq.NewSubscriber(cfg, box(client(t, store.URL), name))
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, s.Close()) })
			return s
		},
		Dead: func(t *testing.T, consumer string) []conformance.DeadLetter {
			return readQueue(t, url, "makegood."+consumer+".dead")
		},
		Letters: func(t *testing.T) *deadletters.Index { return letters(client(t, store.URL), name) },
		Return: func(t *testing.T) events.DeadLetters {
			s, err := rabbitmq.NewSubscriber(cfg, nil)
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, s.Close()) })
			return s
		},
		Freeze: func(t *testing.T) func() { return freeze(t, broker.Freeze, broker.Thaw) },
		Doomed: func(t *testing.T, consumer string) func() {
			return doom(t, consumer, "DOOMED_AMQP_URL="+url, "DOOMED_REDIS_URL="+store.URL, "DOOMED_NAMESPACE="+name)
		},
	}
}

func openRedis(t *testing.T, url string) conformance.Transport {
	cfg := redisstream.Config{Namespace: fmt.Sprintf("conformance-%d", corner.Add(1))}
	var freezer func(t *testing.T) func()
	if url == store.URL {
		freezer = func(t *testing.T) func() { return freeze(t, store.Freeze, store.Thaw) }
	}
	return conformance.Transport{
		Publisher: func(t *testing.T) events.Publisher {
			p, err := redisstream.NewPublisher(client(t, url), cfg)
			require.NoError(t, err)
			return p
		},
		Subscriber: func(t *testing.T) events.Subscriber {
			c := client(t, url)
			s, err := redisstream.NewSubscriber(c, cfg, box(c, cfg.Namespace))
			require.NoError(t, err)
			return s
		},
		Dead: func(t *testing.T, consumer string) []conformance.DeadLetter {
			c, key := client(t, url), "{events:"+cfg.Namespace+"}:dead:"+consumer
			entries, err := c.XRange(t.Context(), key, "-", "+").Result()
			require.NoError(t, err)
			var dead []conformance.DeadLetter
			for _, e := range entries {
				field := func(key string) string {
					text, _ := e.Values[key].(string)
					return text
				}
				dead = append(dead, conformance.DeadLetter{Body: []byte(field("event")), Failures: events.FailuresOf(field)})
				require.NoError(t, c.XDel(t.Context(), key, e.ID).Err())
			}
			return dead
		},
		Letters: func(t *testing.T) *deadletters.Index { return letters(client(t, url), cfg.Namespace) },
		Return: func(t *testing.T) events.DeadLetters {
			s, err := redisstream.NewSubscriber(client(t, url), cfg, nil)
			require.NoError(t, err)
			return s
		},
		Freeze: freezer,
		Doomed: func(t *testing.T, consumer string) func() {
			return doom(t, consumer, "DOOMED_REDIS_URL="+url, "DOOMED_NAMESPACE="+cfg.Namespace)
		},
	}
}

func client(t *testing.T, url string) *redis.Client {
	c := redis.NewClient(clientOptions(url))
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func clientOptions(url string) *redis.Options {
	options, err := redis.ParseURL(url)
	if err != nil {
		panic(err)
	}
	options.ContextTimeoutEnabled = true
	return options
}

func box(c *redis.Client, namespace string) *inbox.Inbox {
	return inbox.New(c, inbox.Config{Namespace: namespace, Lease: 2 * time.Second})
}

func letters(c *redis.Client, namespace string) *deadletters.Index {
	return deadletters.New(c, deadletters.Config{Namespace: namespace, Lease: 3 * time.Second})
}

// freeze freezes a server until the func, or the end of the test.
func freeze(t *testing.T, freeze, thaw func() error) func() {
	require.NoError(t, freeze())
	mend := sync.OnceFunc(func() { require.NoError(t, thaw()) })
	t.Cleanup(mend)
	return mend
}

func readQueue(t *testing.T, url, queue string) []conformance.DeadLetter {
	conn, err := amqp.Dial(url)
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	ch, err := conn.Channel()
	require.NoError(t, err)
	var dead []conformance.DeadLetter
	for {
		d, ok, err := ch.Get(queue, true)
		if err != nil || !ok { // the queue may not be there yet
			return dead
		}
		dead = append(dead, conformance.DeadLetter{Body: d.Body, Failures: events.FailuresOf(func(key string) string {
			text, _ := d.Headers[key].(string)
			return text
		})})
	}
}

// doom runs this test binary as a consumer that never finishes an event. The
// func waits until it has begun with one, and then kills it.
func doom(t *testing.T, consumer string, env ...string) (kill func()) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(append(os.Environ(), "DOOMED_CONSUMER="+consumer), env...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	return func() {
		line, err := bufio.NewReader(out).ReadString('\n')
		require.NoError(t, err)
		require.Equal(t, "begun\n", line)
		require.NoError(t, cmd.Process.Kill())
		_ = cmd.Wait()
	}
}

func doomed(consumer string) {
	c := redis.NewClient(clientOptions(os.Getenv("DOOMED_REDIS_URL")))
	namespace := os.Getenv("DOOMED_NAMESPACE")
	var s events.Subscriber
	var err error
	if url := os.Getenv("DOOMED_AMQP_URL"); url != "" {
		s, err = rabbitmq.NewSubscriber(rabbitmq.Config{URL: url}, box(c, namespace))
	} else {
		s, err = redisstream.NewSubscriber(c, redisstream.Config{Namespace: namespace}, box(c, namespace))
	}
	if err == nil {
		err = s.Consume(context.Background(), events.Subscription{
			Consumer: events.Consumer{Name: consumer},
			Handler: func(context.Context, events.Event) error {
				fmt.Println("begun")
				select {}
			},
		})
	}
	panic(err)
}
