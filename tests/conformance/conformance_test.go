package conformance_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"makegood/events"
	"makegood/events/deadletters"
	"makegood/events/inbox"
	"makegood/events/rabbitmq"
	"makegood/events/redisstream"
	"makegood/servers"
	"makegood/tests/conformance"
	"makegood/tests/conformance/script"
	"makegood/tests/harness"
)

// lease is the inbox's.
const lease = 2 * time.Second

var quiet = slog.New(slog.DiscardHandler)

var (
	broker *servers.RabbitMQServer
	store  *servers.RedisServer
	corner atomic.Int64 // numbers virtual hosts and namespaces
)

func TestMain(m *testing.M) {
	flag.Parse()
	// Most of a case is waiting: for a pause, a lease, a process.
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	redis.SetLogger(&logging.VoidLogger{}) // what it says, every failed call returns
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
	_ = errors.Join(broker.Stop(), store.Stop(), conformance.RemoveProcessBinary())
	// The client dials on for up to a second after it was closed, and
	// toxiproxy leaves goroutines behind whose connection died first.
	if err := goleak.Find(before,
		goleak.IgnoreAnyFunction("github.com/redis/go-redis/v9/internal/pool.(*ConnPool).tryDial"),
		goleak.IgnoreAnyFunction("github.com/Shopify/toxiproxy/v2/toxics.(*ToxicStub).Run"),
		goleak.IgnoreAnyFunction("github.com/Shopify/toxiproxy/v2.(*ToxicLink).read")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

func TestRabbitMQ(t *testing.T) { conformance.Run(t, openRabbitMQ) }

func TestRedisStreams(t *testing.T) {
	conformance.Run(t, func(*testing.T) conformance.Transport { return openRedis(store.Address) })
}

func TestRedisStreamsEmbedded(t *testing.T) {
	conformance.Run(t, func(t *testing.T) conformance.Transport {
		return openRedis(miniredis.RunT(t).Addr())
	})
}

func openRabbitMQ(t *testing.T) conformance.Transport {
	name := fmt.Sprintf("conformance-%d", corner.Add(1))
	url, err := broker.AddVhost(t.Context(), name)
	require.NoError(t, err)
	return rabbitMQ(name, url, url)
}

// rabbitMQ reaches the virtual host at one address, and past the wire at the
// other.
func rabbitMQ(name, url, direct string) conformance.Transport {
	cfg := rabbitmq.Config{URL: url, Consumers: []events.Consumer{{Name: conformance.Known}}, Log: quiet}
	return conformance.Transport{
		Publisher: func(t *testing.T, more ...events.Consumer) events.Publisher {
			cfg := cfg
			cfg.Consumers = append(more, cfg.Consumers...)
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
			return readQueue(t, direct, "makegood."+consumer+".dead")
		},
		Letters: func(t *testing.T) *deadletters.Index { return letters(client(t, store.URL), name) },
		Return: func(t *testing.T) events.DeadLetters {
			s, err := rabbitmq.NewSubscriber(cfg, nil)
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, s.Close()) })
			return s
		},
		Freeze: func(t *testing.T) func() { return freeze(t, broker.Freeze, broker.Thaw) },
		Unsettled: func(t *testing.T, consumer string) int {
			count, err := broker.Eval(t.Context(), fmt.Sprintf(
				`{ok, Q} = rabbit_amqqueue:lookup(rabbit_misc:r(<<"%s">>, queue, <<"makegood.%s">>)), [{messages, N}] = rabbit_amqqueue:info(Q, [messages]), N.`,
				name, consumer))
			require.NoError(t, err)
			n, err := strconv.Atoi(count)
			require.NoError(t, err, count)
			return n
		},
		Process: func(t *testing.T, s script.Script, skew time.Duration) *conformance.Process {
			s.AMQPURL, s.RedisURL, s.Namespace, s.Lease = direct, store.URL, name, lease
			return conformance.StartProcess(t, s, skew)
		},
		Linked: func(t *testing.T) (conformance.Transport, *harness.Link) {
			link := harness.NewLink(t, "rabbitmq", broker.Address)
			return rabbitMQ(name, strings.Replace(direct, broker.Address, link.Address, 1), direct), link
		},
	}
}

func openRedis(address string) conformance.Transport {
	return redisStreams(fmt.Sprintf("conformance-%d", corner.Add(1)), address, address)
}

func redisStreams(namespace, address, direct string) conformance.Transport {
	url, directURL := "redis://"+address, "redis://"+direct
	cfg := redisstream.Config{Namespace: namespace, Consumers: []events.Consumer{{Name: conformance.Known}}, Log: quiet}
	var freezer func(t *testing.T) func()
	if direct == store.Address {
		freezer = func(t *testing.T) func() { return freeze(t, store.Freeze, store.Thaw) }
	}
	return conformance.Transport{
		Publisher: func(t *testing.T, more ...events.Consumer) events.Publisher {
			cfg := cfg
			cfg.Consumers = append(more, cfg.Consumers...)
			p, err := redisstream.NewPublisher(client(t, url), cfg)
			require.NoError(t, err)
			return p
		},
		Subscriber: func(t *testing.T) events.Subscriber {
			s, err := redisstream.NewSubscriber(client(t, url), cfg, box(client(t, directURL), namespace))
			require.NoError(t, err)
			return s
		},
		Dead: func(t *testing.T, consumer string) []conformance.DeadLetter {
			return readStream(t, client(t, directURL), "{events:"+namespace+"}:dead:"+consumer)
		},
		Letters: func(t *testing.T) *deadletters.Index { return letters(client(t, url), namespace) },
		Return: func(t *testing.T) events.DeadLetters {
			s, err := redisstream.NewSubscriber(client(t, url), cfg, nil)
			require.NoError(t, err)
			return s
		},
		Freeze: freezer,
		Unsettled: func(t *testing.T, consumer string) int {
			return unsettled(t, client(t, directURL), namespace, consumer)
		},
		Process: func(t *testing.T, s script.Script, skew time.Duration) *conformance.Process {
			s.RedisURL, s.Namespace, s.Lease = directURL, namespace, lease
			return conformance.StartProcess(t, s, skew)
		},
		Linked: func(t *testing.T) (conformance.Transport, *harness.Link) {
			link := harness.NewLink(t, "redis", direct)
			return redisStreams(namespace, link.Address, direct), link
		},
	}
}

func readStream(t *testing.T, c *redis.Client, key string) []conformance.DeadLetter {
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
}

// unsettled counts what is pending, and what comes after the last one read.
func unsettled(t *testing.T, c *redis.Client, namespace, consumer string) (n int) {
	for _, key := range []string{"{events:" + namespace + "}", "{events:" + namespace + "}:again:" + consumer} {
		groups, err := c.XInfoGroups(t.Context(), key).Result()
		require.NoError(t, err)
		for _, g := range groups {
			if g.Name == consumer {
				left, err := c.XRange(t.Context(), key, "("+g.LastDeliveredID, "+").Result()
				require.NoError(t, err)
				n += int(g.Pending) + len(left)
			}
		}
	}
	return n
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
	return inbox.New(c, inbox.Config{Namespace: namespace, Lease: lease, Log: quiet})
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
