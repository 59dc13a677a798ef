package rabbitmq

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"makegood/events"
)

const (
	// The library gives a silent broker up after three heartbeats.
	heartbeat = 5 * time.Second
	// dialTimeout bounds connecting with its handshake: a frozen broker's
	// kernel still accepts connections.
	dialTimeout = 5 * time.Second
	// setupTimeout bounds the declarations; a new quorum queue on a busy
	// cluster takes a good part of a second.
	setupTimeout = 30 * time.Second
	closeTimeout = 2 * time.Second

	// Between two attempts to connect it is half of this to all of it.
	firstPause = 100 * time.Millisecond
	lastPause  = 5 * time.Second
)

// line keeps one connection to the broker for ever.
type line struct {
	name string // as the broker lists it
	cfg  Config

	mu       sync.Mutex
	up       bool
	outage   error // why there is no connection; nil before the first attempt
	degraded error // what could not be declared

	tried     chan struct{} // closed once the first attempt to connect has ended
	triedOnce sync.Once
}

func newLine(name string, cfg Config) *line {
	return &line{name: name, cfg: cfg, tried: make(chan struct{})}
}

// keep connects and calls use, again and again until ctx ends. use calls
// connected once it is in business, and returns why the connection is of no use any more.
func (l *line) keep(ctx context.Context, use func(ctx context.Context, conn *amqp.Connection) error) {
	defer l.cfg.Outages.Forget(l.name)
	pause := firstPause
	for ctx.Err() == nil {
		started := time.Now()
		err := l.once(ctx, use)
		if ctx.Err() != nil {
			return
		}
		l.lost(err)
		if time.Since(started) > lastPause+dialTimeout {
			pause = firstPause
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause/2 + rand.N(pause/2)): // jitter: a fleet must not come back as one
		}
		pause = min(2*pause, lastPause)
	}
}

func (l *line) once(ctx context.Context, use func(ctx context.Context, conn *amqp.Connection) error) error {
	conn, sock, err := dial(ctx, l.cfg.URL, l.name)
	if err != nil {
		return err
	}
	defer hangUp(conn, sock)
	return use(ctx, conn)
}

// hangUp closes the connection, whether the broker answers or not, once what was
// written has gone out.
func hangUp(conn *amqp.Connection, sock *socket) {
	_ = conn.CloseDeadline(time.Now().Add(closeTimeout))
	_ = sock.Close()
	<-sock.done
}

func dialNode(ctx context.Context, url, name string) (*amqp.Connection, *socket, error) {
	var sock *socket
	deadline := time.Now().Add(dialTimeout)
	stop := func() bool { return true }
	defer func() { stop() }()
	properties := amqp.NewConnectionProperties()
	properties.SetClientConnectionName(name)
	conn, err := amqp.DialConfig(url, amqp.Config{
		Heartbeat:  heartbeat,
		Properties: properties,
		Dial: func(network, addr string) (net.Conn, error) {
			tcp, err := (&net.Dialer{Deadline: deadline}).DialContext(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			sock = newSocket(tcp)
			// The handshake's; the library lifts it when that is done.
			err = sock.SetReadDeadline(deadline)
			stop = context.AfterFunc(ctx, func() { _ = sock.SetReadDeadline(time.Now()) })
			return sock, err
		},
	})
	if err != nil {
		if sock != nil {
			_ = sock.Close()
			<-sock.done
		}
		return nil, nil, fmt.Errorf("connect: %w", err)
	}
	return conn, sock, nil
}

// connected ends the outage.
func (l *line) connected(degraded error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.up = true
	l.note(degraded)
	l.cfg.Outages.Up(l.name)
	l.triedOnce.Do(func() { close(l.tried) })
}

// unblocked ends an outage in which the connection stayed.
func (l *line) unblocked() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.up = true
	l.cfg.Outages.Up(l.name)
}

// declared says what still could not be.
func (l *line) declared(degraded error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.note(degraded)
}

func (l *line) note(degraded error) {
	if degraded != nil && (l.degraded == nil || l.degraded.Error() != degraded.Error()) {
		l.cfg.Log.Warn("the broker's topology is not as declared", "connection", l.name, "error", degraded)
	}
	l.degraded = degraded
}

// lost begins an outage, or goes on with one.
func (l *line) lost(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.up, l.outage = false, err
	l.cfg.Outages.Down(l.name, err)
	l.triedOnce.Do(func() { close(l.tried) })
}

// ready is nil while all is well, else says what isn't.
func (l *line) ready() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.up:
		return l.degraded
	case l.outage != nil:
		return fmt.Errorf("%w: %w", events.ErrBrokerDown, l.outage)
	default:
		return fmt.Errorf("%w: not connected yet", events.ErrBrokerDown)
	}
}
