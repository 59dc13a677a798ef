package servers

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"strconv"
	"time"
)

// Options are what Redis, RabbitMQ and PostgreSQL have in common. The zero
// value is fine.
type Options struct {
	// Dir is the run folder. Empty means a temporary folder of the server's own.
	Dir string
	// Port is the preferred one: if it is taken, the next free one above it is
	// used. Zero means any.
	Port int
	// Durable has Redis write each change to disk before it answers. Else it
	// does so every second: what was answered last can die with it. RabbitMQ
	// and PostgreSQL are always durable.
	Durable bool
	// Metrics has RabbitMQ serve them to Prometheus, as its image does: a plugin
	// that takes it a second or two to start.
	Metrics bool
}

// RedisServer is Redis as makegood wants it in production: it appends every
// write to a file and evicts nothing.
type RedisServer struct {
	*Process
	Address string // host:port
	URL     string // as REDIS_URL takes it
}

// HasRedis tells whether redis-server is on PATH.
func HasRedis() bool { return onPath("redis-server") }

// Redis starts redis-server from PATH. A caller that can do without asks
// HasRedis first.
func Redis(ctx context.Context, options Options) (*RedisServer, error) {
	return startRedis(ctx, "redis", options)
}

func startRedis(ctx context.Context, name string, options Options, more ...string) (*RedisServer, error) {
	path, err := exec.LookPath("redis-server")
	if err != nil {
		return nil, fmt.Errorf("start redis: %w; install it (Debian: apt-get install redis-server)", err)
	}
	port, err := FreePort(options.Port)
	if err != nil {
		return nil, fmt.Errorf("start redis: %w", err)
	}
	p, err := newProcess(name, options.Dir)
	if err != nil {
		return nil, err
	}
	sync := "everysec"
	if options.Durable {
		sync = "always"
	}
	s := &RedisServer{Process: p, Address: loopback(port), URL: "redis://" + loopback(port) + "/0"}
	p.program = program{path: path, args: append([]string{
		"--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--daemonize", "no",
		"--dir", p.Dir, "--appendonly", "yes", "--appendfsync", sync, "--save", "",
		"--maxmemory-policy", "noeviction",
	}, more...)}
	p.within = 30 * time.Second
	p.ready = s.ping
	if err := p.start(ctx); err != nil {
		return nil, errors.Join(err, p.Stop())
	}
	return s, nil
}

// ping asks over a bare connection: a Redis client would retry and log by
// itself. A server that still loads its data answers an error.
func (s *RedisServer) ping(ctx context.Context) error {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", s.Address)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(time.Second)); err != nil {
		return err
	}
	if _, err := conn.Write([]byte("PING\r\n")); err != nil {
		return err
	}
	answer, err := bufio.NewReader(conn).ReadString('\n')
	if err == nil && answer != "+PONG\r\n" {
		err = fmt.Errorf("it answers a ping with %q", answer)
	}
	return err
}

func onPath(name string) bool {
	_, err := exec.LookPath(name)
	return err == nil
}
