package harness

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"go.uber.org/goleak"
	"golang.org/x/sync/errgroup"

	"makegood/servers"
	"makegood/workflows"
)

// namespaces is how many systems the tests of one run of a package can have,
// repetitions by -count included. They are made when Temporal starts, since a
// later one takes it 10 s to notice; each costs some milliseconds.
const namespaces = 100

// world is what all systems of a test package share.
type world struct {
	dir      string
	temporal *servers.TemporalServer
	redis    *servers.RedisServer
	rabbitmq *servers.RabbitMQServer

	mu    sync.Mutex
	taken int
}

var (
	shared   world
	begin    = sync.OnceValue(shared.start)
	binaryOf = sync.OnceValues(func() (string, error) { return build(shared.dir) })
)

// Main runs a package's tests: os.Exit(harness.Main(m)) is all that its
// TestMain does. The servers start with the first test that needs them.
func Main(m *testing.M) int {
	if !servers.HasRedis() || !servers.HasRabbitMQ() {
		fmt.Fprintln(os.Stderr, "these tests need redis-server and rabbitmq-server: run make test, or install them (Debian: apt-get install redis-server rabbitmq-server)")
		return 1
	}
	var err error
	if shared.dir, err = os.MkdirTemp("", "makegood-test-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	// toxiproxy leaves a connection's goroutines behind whose reader died first.
	leaks := []goleak.Option{
		goleak.IgnoreCurrent(),
		goleak.IgnoreAnyFunction("github.com/Shopify/toxiproxy/v2/toxics.(*ToxicStub).Run"),
		goleak.IgnoreAnyFunction("github.com/Shopify/toxiproxy/v2.(*ToxicLink).read"),
	}
	code := m.Run()
	if err := shared.stop(); err != nil {
		fmt.Fprintln(os.Stderr, "stop the test servers:", err)
		return 1
	}
	http.DefaultClient.CloseIdleConnections()
	if err := goleak.Find(leaks...); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// start starts the servers and builds the binary, all at once.
func (w *world) start() error {
	group, ctx := errgroup.WithContext(context.Background())
	group.Go(func() (err error) {
		w.temporal, err = servers.Temporal(ctx, servers.TemporalOptions{
			Dir: w.dir, Namespaces: namespaceNames(), SearchAttributes: workflows.SearchAttributes(), Out: os.Stderr,
		})
		return err
	})
	group.Go(func() (err error) {
		w.redis, err = servers.Redis(ctx, servers.Options{Dir: w.dir})
		return err
	})
	group.Go(func() (err error) {
		w.rabbitmq, err = servers.RabbitMQ(ctx, servers.Options{Dir: w.dir})
		return err
	})
	group.Go(func() error {
		_, err := binaryOf()
		return err
	})
	return group.Wait()
}

func (w *world) stop() error {
	var errs []error
	if w.temporal != nil {
		errs = append(errs, w.temporal.Stop())
	}
	if w.redis != nil {
		errs = append(errs, w.redis.Stop())
	}
	if w.rabbitmq != nil {
		errs = append(errs, w.rabbitmq.Stop())
	}
	return errors.Join(append(errs, os.RemoveAll(w.dir))...)
}

// takeNamespace gives out each namespace once.
func (w *world) takeNamespace() (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.taken == namespaces {
		return "", fmt.Errorf("all %d namespaces are taken: raise the number in %s", namespaces, filepath.Join("tests", "harness", "main.go"))
	}
	w.taken++
	return namespaceName(w.taken), nil
}

func namespaceNames() []string {
	names := make([]string, namespaces)
	for i := range names {
		names[i] = namespaceName(i + 1)
	}
	return names
}

func namespaceName(n int) string { return fmt.Sprintf("test-%d", n) }
