package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// HealthcheckCmd asks a role on this machine whether it is ready.
type HealthcheckCmd struct {
	HTTPAddr listenAddr `env:"HTTP_ADDR" default:":8080" help:"Where the role listens; SIMULATORS_ADDR for the simulators."`
}

// Run returns an error unless /readyz answers 200.
func (cmd *HealthcheckCmd) Run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	host, port, err := net.SplitHostPort(string(cmd.HTTPAddr))
	if err != nil {
		return err
	}
	if host == "" || host == "0.0.0.0" || host == "::" {
		host = "127.0.0.1"
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/readyz", nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode == http.StatusOK {
		return nil
	}
	body, _ := io.ReadAll(io.LimitReader(answer.Body, 4<<10)) // what came is enough for a line
	return fmt.Errorf("not ready: %s", strings.TrimSpace(string(body)))
}
