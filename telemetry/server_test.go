package telemetry_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/telemetry"
)

func TestStopFinishesWhatWasAccepted(t *testing.T) {
	accepted, finish := make(chan struct{}), make(chan struct{})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := telemetry.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(accepted)
		<-finish
		_, _ = io.WriteString(w, "done")
	}), slog.New(slog.DiscardHandler))

	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answered := make(chan string, 1)
	go func() {
		response, err := client.Get("http://" + server.Addr().String())
		if err != nil {
			answered <- err.Error()
			return
		}
		defer func() { _ = response.Body.Close() }()
		body, _ := io.ReadAll(response.Body)
		answered <- string(body)
	}()
	<-accepted
	stopped := make(chan error, 1)
	go func() { stopped <- server.Stop(context.Background()) }()
	require.Eventually(t, func() bool { // it takes no new connection
		conn, err := net.DialTimeout("tcp", server.Addr().String(), time.Second)
		if err == nil {
			_ = conn.Close()
		}
		return err != nil
	}, 30*time.Second, time.Millisecond)
	close(finish)
	require.Equal(t, "done", <-answered)
	require.NoError(t, <-stopped)
}

func TestStopCutsWhatOutlivesItsContext(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	accepted := make(chan struct{})
	server := telemetry.Serve(listener, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(accepted)
		<-r.Context().Done()
	}), slog.New(slog.DiscardHandler))
	go func() {
		if response, err := http.Get("http://" + server.Addr().String()); err == nil {
			_ = response.Body.Close()
		}
	}()
	<-accepted
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.ErrorIs(t, server.Stop(ctx), context.Canceled)
}

func TestLoggerRefusesWhatItDoesNotKnow(t *testing.T) {
	_, err := telemetry.NewLogger(io.Discard, "xml", "info")
	require.ErrorContains(t, err, `"xml": want json or text`)
	_, err = telemetry.NewLogger(io.Discard, "json", "loud")
	require.ErrorContains(t, err, `"loud": want debug, info, warn or error`)
}

func TestLoggerKeepsItsLevel(t *testing.T) {
	var written strings.Builder
	log, err := telemetry.NewLogger(&written, "json", "warn")
	require.NoError(t, err)
	log.Info("not this")
	log.Warn("this")
	require.NotContains(t, written.String(), "not this")
	require.Contains(t, written.String(), `"msg":"this"`)
}
