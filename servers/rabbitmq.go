package servers

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// RabbitMQServer is a node, single or of a RabbitMQCluster, without plugins but
// for that of its metrics. It has its own epmd, so that none of the machine's is
// used, started or left behind.
type RabbitMQServer struct {
	*Process
	Address string // host:port
	URL     string // of the default virtual host, as AMQP_URL takes it
	// MetricsURL is where Prometheus scrapes it, without a path; empty unless
	// Options.Metrics.
	MetricsURL string

	epmd     *Process // nil of a cluster's node: they share one
	cookie   string
	port     int
	distPort int
	metrics  int // port, 0 without
	evalMu   sync.Mutex
}

// HasRabbitMQ tells whether rabbitmq-server and its Erlang are on PATH. Debian's
// server counts without: its folder, /usr/sbin, is not on everybody's.
func HasRabbitMQ() bool {
	return onPath(rabbitScript("rabbitmq-server")) && onPath("erl") && onPath("epmd")
}

// RabbitMQ starts rabbitmq-server from PATH; 3.10 takes some 8 seconds on 2
// cores, nearly all of it loading code. A caller that can do without asks
// HasRabbitMQ first.
func RabbitMQ(ctx context.Context, options Options) (*RabbitMQServer, error) {
	s, err := newRabbitMQ("rabbitmq", options, rand.Text())
	if err != nil {
		return nil, err
	}
	var epmdPort int
	if s.epmd, epmdPort, err = startEpmd(ctx, s.Dir); err == nil {
		err = s.boot(ctx, epmdPort)
	}
	if err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// newRabbitMQ makes a node's folder and takes its ports. Nodes that share a
// cookie and an epmd can be joined.
func newRabbitMQ(name string, options Options, cookie string) (*RabbitMQServer, error) {
	if !HasRabbitMQ() {
		return nil, errors.New("start rabbitmq: rabbitmq-server is not on PATH; install it (Debian: apt-get install rabbitmq-server)")
	}
	ports := make([]int, 3) // AMQP, distribution, metrics
	for i, preferred := range []int{options.Port, 0, 0} {
		port, err := FreePort(preferred)
		if err != nil {
			return nil, fmt.Errorf("start rabbitmq: %w", err)
		}
		ports[i] = port
	}
	p, err := newProcess(name, options.Dir)
	if err != nil {
		return nil, err
	}
	s := &RabbitMQServer{
		Process: p, Address: loopback(ports[0]), URL: "amqp://guest:guest@" + loopback(ports[0]) + "/",
		cookie: cookie, port: ports[0], distPort: ports[1],
	}
	plugins := "[]."
	if options.Metrics {
		s.metrics, s.MetricsURL = ports[2], "http://"+loopback(ports[2])
		plugins = "[rabbitmq_prometheus]."
	}
	if err := os.WriteFile(filepath.Join(p.Dir, "plugins"), []byte(plugins), 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("start rabbitmq: %w", err), p.Stop())
	}
	if err := os.WriteFile(filepath.Join(p.Dir, ".erlang.cookie"), []byte(cookie), 0o400); err != nil {
		return nil, errors.Join(fmt.Errorf("start rabbitmq: %w", err), p.Stop())
	}
	return s, nil
}

// boot returns when the node takes calls.
func (s *RabbitMQServer) boot(ctx context.Context, epmdPort int) error {
	s.program = program{path: rabbitScript("rabbitmq-server"), env: s.environment(epmdPort)}
	s.within = 90 * time.Second
	s.ready = s.connect
	return s.start(ctx)
}

// Stop ends the node and its epmd and removes their folder.
func (s *RabbitMQServer) Stop() error {
	err := s.Process.Stop()
	if s.epmd != nil {
		err = errors.Join(err, s.epmd.Stop())
	}
	return err
}

// startEpmd runs Erlang's port mapper in the foreground, as a child like any
// other. Left alone, the node would start one that outlives it.
func startEpmd(ctx context.Context, run string) (*Process, int, error) {
	path, err := exec.LookPath("epmd")
	if err != nil {
		return nil, 0, fmt.Errorf("start rabbitmq: %w", err)
	}
	port, err := FreePort(0)
	if err != nil {
		return nil, 0, fmt.Errorf("start rabbitmq: %w", err)
	}
	epmd, err := newProcess("epmd", run)
	if err != nil {
		return nil, 0, err
	}
	epmd.program = program{path: path, args: []string{"-port", strconv.Itoa(port), "-address", "127.0.0.1"}}
	epmd.within = 10 * time.Second
	epmd.ready = func(ctx context.Context) error {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", loopback(port))
		if err != nil {
			return err
		}
		return conn.Close()
	}
	return epmd, port, epmd.start(ctx)
}

// node is the node's name in Erlang.
func (s *RabbitMQServer) node() string { return "makegood" + strconv.Itoa(s.port) + "@localhost" }

// environment configures the node. There is no rabbitmq.conf on purpose:
// translating one costs the start some 2 seconds.
func (s *RabbitMQServer) environment(epmdPort int) []string {
	in := func(name string) string { return filepath.Join(s.Dir, name) }
	return []string{
		"RABBITMQ_NODENAME=" + s.node(),
		"RABBITMQ_NODE_IP_ADDRESS=127.0.0.1",
		"RABBITMQ_NODE_PORT=" + strconv.Itoa(s.port),
		"RABBITMQ_DIST_PORT=" + strconv.Itoa(s.distPort),
		"RABBITMQ_MNESIA_BASE=" + in("data"),
		"RABBITMQ_LOG_BASE=" + in("log"),
		"RABBITMQ_LOGS=-",
		"RABBITMQ_ENABLED_PLUGINS_FILE=" + in("plugins"),
		"RABBITMQ_CONFIG_FILE=" + in("no-config"),
		"RABBITMQ_ADVANCED_CONFIG_FILE=" + in("no-advanced-config"),
		"RABBITMQ_CONF_ENV_FILE=" + in("no-environment"),
		"RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=+S 2:2 +sbwt none -kernel inet_dist_use_interface {127,0,0,1}" +
			fmt.Sprintf(" -rabbitmq_prometheus tcp_config [{ip,{127,0,0,1}},{port,%d}]", s.metrics),
		// The start script then becomes the node, instead of a shell that waits for it.
		"RUNNING_UNDER_SYSTEMD=true",
		"ERL_FLAGS=-start_epmd false",
		"ERL_EPMD_PORT=" + strconv.Itoa(epmdPort),
		"ERL_EPMD_ADDRESS=127.0.0.1",
	}
}

// connect asks for a whole AMQP handshake: the port is open before the node is
// ready to serve.
func (s *RabbitMQServer) connect(context.Context) error {
	conn, err := amqp.DialConfig(s.URL, amqp.Config{Dial: amqp.DefaultDial(2 * time.Second)})
	if err != nil {
		return err
	}
	return conn.Close()
}

// rabbitScript prefers the script itself to what Debian has on PATH: a wrapper
// that becomes another user and shares that user's folders.
func rabbitScript(name string) string {
	if path := filepath.Join("/usr/lib/rabbitmq/bin", name); onPath(path) {
		return path
	}
	return name
}
