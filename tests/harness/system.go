package harness

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
	temporal "go.temporal.io/sdk/client"
	"golang.org/x/sync/errgroup"

	"makegood/api/client"
	"makegood/events"
	"makegood/inventory"
	"makegood/servers"
)

// System is one whole makegood. Its roles reach every server over a link.
type System struct {
	// API is the gateway, and URL where it is.
	API *client.Client
	URL string
	// Temporal is the system's namespace, past the link.
	Temporal  temporal.Client
	Namespace string
	// Heard holds what was published to makegood.events since the start; nil
	// over Redis Streams.
	Heard *Listener

	// Gateway, Worker and Notifier are one process, unless they are Apart.
	Gateway, Worker, Notifier *Role
	// Simulators are the payment provider, the carrier and the mailbox.
	Simulators *Role

	// Links from the roles to their servers. The one to the simulators
	// carries payments and shipments; mail goes past it.
	ToTemporal, ToRedis, ToRabbitMQ, ToSimulators *Link
	// TemporalServer, Redis, RedisCluster, RabbitMQ and RabbitMQCluster are the
	// system's own, each if it was asked for; else nil.
	TemporalServer  *servers.TemporalServer
	Redis           *servers.RedisServer
	RedisCluster    *servers.RedisCluster
	RabbitMQ        *servers.RabbitMQServer
	RabbitMQCluster *servers.RabbitMQCluster

	servers addresses
	stock   *inventory.Stock // past the link
	dir     string
	env     []string
	smtp    string
	roles   []*Role
}

// New starts a system and returns when all of it is ready. It ends with the
// test; if that failed, what the roles said is printed.
func New(t testing.TB, options ...Option) *System {
	t.Helper()
	require.NoError(t, begin(), "start the test servers")
	p := plan{env: map[string]string{}}
	for _, option := range options {
		option(&p)
	}
	s := &System{dir: t.ArtifactDir()}
	var err error
	s.Namespace, err = shared.takeNamespace()
	require.NoError(t, err)
	s.serve(t, p)
	s.link(t, p)
	s.Temporal, err = temporal.Dial(temporal.Options{HostPort: s.servers.temporal, Namespace: s.Namespace, Logger: silent{}})
	require.NoError(t, err)
	t.Cleanup(s.Temporal.Close)
	s.openStock(t)
	s.makeRoles(t, p)
	t.Cleanup(func() { s.end(t) })
	require.NoError(t, s.start(t.Context()))
	if setting(s.env, "EVENT_TRANSPORT") != string(events.RedisStreams) {
		s.Heard = Listen(t, s.servers.amqpURL)
	}
	return s
}

func (s *System) makeRoles(t testing.TB, p plan) {
	t.Helper()
	own := Binary(t)
	s.Simulators = s.Add(t, "simulators", own)
	if p.apart {
		s.Gateway, s.Worker, s.Notifier = s.Add(t, "api", own), s.Add(t, "worker", cmp.Or(p.worker, own)), s.Add(t, "notifier", own)
	} else {
		all := s.Add(t, "serve", own)
		s.Gateway, s.Worker, s.Notifier = all, all, all
	}
	s.URL = "http://" + s.Gateway.Address
	s.API = APIOf(t, s.Gateway)
}

// APIOf is the gateway of a role that has one.
func APIOf(t testing.TB, r *Role) *client.Client {
	transport := &http.Transport{MaxIdleConnsPerHost: 100}
	t.Cleanup(transport.CloseIdleConnections)
	return client.New("http://"+r.Address, &http.Client{Transport: transport})
}

// Add makes another role, run by this executable; the test starts it.
func (s *System) Add(t testing.TB, command, path string) *Role {
	t.Helper()
	r := &Role{Command: command, path: path, env: s.env, dir: s.dir}
	r.log = filepath.Join(s.dir, fmt.Sprintf("%d-%s.log", len(s.roles)+1, command))
	if command == "simulators" {
		r.Address = setting(s.env, "SIMULATORS_ADDR")
	} else {
		r.Address = freeAddress(t)
		r.env = append([]string{"HTTP_ADDR=" + r.Address}, s.env...)
	}
	s.roles = append(s.roles, r)
	return r
}

// AddWorker makes another worker process; the test starts it.
func (s *System) AddWorker(t testing.TB) *Role { return s.Add(t, "worker", Binary(t)) }

// AddNotifier makes another notifier process; the test starts it.
func (s *System) AddNotifier(t testing.TB) *Role { return s.Add(t, "notifier", Binary(t)) }

// start starts all roles at once and waits until none is degraded: what is
// published from then on finds its exchange and queues.
func (s *System) start(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, r := range s.roles {
		group.Go(func() error {
			if err := r.Start(ctx); err != nil || r == s.Simulators {
				return err
			}
			return Await(ctx, patience, func(ctx context.Context) error {
				said, err := r.Readiness(ctx)
				if err == nil && said.Status != "ready" {
					err = fmt.Errorf("%s is %s: %+v", r.Command, said.Status, said.Checks)
				}
				return err
			})
		})
	}
	return group.Wait()
}

// end kills the roles and judges what they said.
func (s *System) end(t testing.TB) {
	for _, r := range s.roles {
		if err := r.Kill(); err != nil {
			t.Error(err)
		}
		if err := r.broken(); err != nil {
			t.Error(err)
		}
	}
	if !t.Failed() {
		return
	}
	for _, r := range s.roles {
		t.Logf("%s said, but for its access log:\n%s", r.Command, lastOf(accessLog.ReplaceAllString(r.Log(), ""), 10_000))
	}
}

var accessLog = regexp.MustCompile(`(?m)^.* msg=request .*\n`)

func lastOf(text string, bytes int) string {
	if len(text) <= bytes {
		return text
	}
	return "… " + text[len(text)-bytes:]
}

// silent keeps the SDK's client from logging into the tests' output.
type silent struct{}

func (silent) Debug(string, ...any) {}
func (silent) Info(string, ...any)  {}
func (silent) Warn(string, ...any)  {}
func (silent) Error(string, ...any) {}
