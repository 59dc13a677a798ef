package telemetry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Server answers HTTP on one listener from Serve until Stop.
type Server struct {
	http    http.Server
	address net.Addr
	ended   chan error
}

// Serve starts to answer on the listener, which it closes at the end.
//
// It sets no write timeout, since one would cut streams and long waits after
// that time: http.Server counts it from the request's header. A handler that
// must not hang on a slow reader sets its own through http.ResponseController.
func Serve(listener net.Listener, handler http.Handler, log *slog.Logger) *Server {
	s := &Server{
		http: http.Server{
			Handler:           handler,
			ReadHeaderTimeout: 5 * time.Second,
			ReadTimeout:       30 * time.Second,
			IdleTimeout:       2 * time.Minute,
			MaxHeaderBytes:    64 << 10,
			ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		},
		address: listener.Addr(),
		ended:   make(chan error, 1),
	}
	go func() {
		err := s.http.Serve(listener)
		if errors.Is(err, http.ErrServerClosed) {
			err = nil
		}
		s.ended <- err
		close(s.ended)
	}()
	return s
}

// Addr is where the server listens.
func (s *Server) Addr() net.Addr { return s.address }

// Stop accepts no more, and returns once every accepted request is answered.
// When ctx ends first it cuts what is left and returns an error. Stopping
// again does nothing.
func (s *Server) Stop(ctx context.Context) error {
	if err := s.http.Shutdown(ctx); err != nil {
		_ = s.http.Close()
		return fmt.Errorf("stop the HTTP server on %s: %w", s.address, err)
	}
	return <-s.ended
}
