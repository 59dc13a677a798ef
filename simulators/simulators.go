// Package simulators is the outside world for development and tests, in one
// process: a payment provider that speaks the part of Stripe's HTTP API that
// makegood uses, a carrier, and a mailbox. Their ledgers outlive a kill -9.
// It never stands in for a part of makegood itself.
package simulators

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"makegood/simulators/internal/carrier"
	"makegood/simulators/internal/mailbox"
	"makegood/simulators/internal/stripe"
)

// Config is where the simulators listen and what they keep.
type Config struct {
	// Addr is where HTTP is served: host:port, where port 0 takes a free one.
	Addr string
	// SMTPAddr is where mail is taken, likewise.
	SMTPAddr string
	// Dir holds the ledgers; it is made if it isn't there. One process at a
	// time has them open.
	Dir string
	// Logger is slog's default unless set.
	Logger *slog.Logger
}

// Simulators is one such outside world. Start it once.
type Simulators struct {
	config Config
	log    *slog.Logger

	life     context.Context // the end of it ends what a fault delays
	end      context.CancelFunc
	stripe   *stripe.API
	carrier  *carrier.API
	mailbox  *mailbox.Mailbox
	http     *http.Server
	addr     net.Addr
	smtpAddr net.Addr
	serving  sync.WaitGroup
}

// New checks the configuration; it opens nothing. Errors name the settings.
func New(config Config) (*Simulators, error) {
	if config.Dir == "" {
		return nil, errors.New("SIMULATORS_DIR must name a folder for the ledgers")
	}
	for name, addr := range map[string]string{"SIMULATORS_ADDR": config.Addr, "SIMULATORS_SMTP_ADDR": config.SMTPAddr} {
		if _, _, err := net.SplitHostPort(addr); err != nil {
			return nil, fmt.Errorf("%s must be host:port: %w", name, err)
		}
	}
	s := &Simulators{config: config, log: config.Logger}
	if s.log == nil {
		s.log = slog.Default()
	}
	s.life, s.end = context.WithCancel(context.Background())
	return s, nil
}

// Start opens the ledgers and the ports, and serves until Stop. When it returns
// without an error, all of it answers.
func (s *Simulators) Start(ctx context.Context) error {
	if err := s.open(ctx); err != nil {
		return errors.Join(fmt.Errorf("start simulators: %w", err), s.Stop(ctx))
	}
	return nil
}

func (s *Simulators) open(ctx context.Context) (err error) {
	if err := os.MkdirAll(s.config.Dir, 0o755); err != nil {
		return fmt.Errorf("SIMULATORS_DIR: %w", err)
	}
	if s.stripe, err = stripe.Open(s.life, filepath.Join(s.config.Dir, "stripe.db"), s.log); err != nil {
		return fmt.Errorf("SIMULATORS_DIR: %w", err)
	}
	if s.carrier, err = carrier.Open(s.life, filepath.Join(s.config.Dir, "carrier.db"), s.log); err != nil {
		return fmt.Errorf("SIMULATORS_DIR: %w", err)
	}
	if s.mailbox, err = mailbox.Open(filepath.Join(s.config.Dir, "mailbox.db"), s.log); err != nil {
		return fmt.Errorf("SIMULATORS_DIR: %w", err)
	}
	var listen net.ListenConfig
	web, err := listen.Listen(ctx, "tcp", s.config.Addr)
	if err != nil {
		return fmt.Errorf("SIMULATORS_ADDR: %w", err)
	}
	mail, err := listen.Listen(ctx, "tcp", s.config.SMTPAddr)
	if err != nil {
		return errors.Join(fmt.Errorf("SIMULATORS_SMTP_ADDR: %w", err), web.Close())
	}
	s.addr, s.smtpAddr = web.Addr(), mail.Addr()
	s.http = &http.Server{
		Handler:           s.routes(),
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	s.serve("http", web, s.http.Serve)
	s.serve("smtp", mail, s.mailbox.Serve)
	return nil
}

func (s *Simulators) serve(what string, listener net.Listener, serve func(net.Listener) error) {
	s.serving.Go(func() {
		if err := serve(listener); err != nil && !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("simulators stopped serving", "what", what, "error", err)
		}
	})
}

// Stop ends what is under way: a request that a fault delays ends without
// effect, others are answered for as long as ctx allows. It may be called again.
func (s *Simulators) Stop(ctx context.Context) error {
	s.end()
	var errs []error
	if s.http != nil {
		if err := s.http.Shutdown(ctx); err != nil {
			errs = append(errs, err, s.http.Close())
		}
		s.http = nil
	}
	if s.mailbox != nil {
		errs = append(errs, s.mailbox.Close())
		s.mailbox = nil
	}
	s.serving.Wait()
	if s.carrier != nil {
		errs = append(errs, s.carrier.Close())
		s.carrier = nil
	}
	if s.stripe != nil {
		errs = append(errs, s.stripe.Close())
		s.stripe = nil
	}
	return errors.Join(errs...)
}

// Addr is the host:port where HTTP is served, once started.
func (s *Simulators) Addr() string { return s.addr.String() }

// SMTPAddr is the host:port where mail is taken, once started.
func (s *Simulators) SMTPAddr() string { return s.smtpAddr.String() }

// URL is where a client on this machine finds HTTP: STRIPE_URL is URL()+"/stripe",
// CARRIER_URL is URL()+"/carrier".
func (s *Simulators) URL() string {
	host, port, _ := net.SplitHostPort(s.Addr())
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}
