package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"makegood/telemetry"
)

// HealthcheckCmd asks a role on this machine whether it is ready.
type HealthcheckCmd struct {
	HTTPAddr listenAddr `env:"HTTP_ADDR" default:":8080" help:"Where the role listens; SIMULATORS_ADDR for the simulators."`
}

// Help is the long help.
func (*HealthcheckCmd) Help() string {
	return `Prints whether the role is ready, degraded or unavailable, and what of the things that it leans on fails. A degraded role does its work: without the broker, orders go on and their events wait. Ends with 1 if the role is unavailable.`
}

// Run prints what the role says, and returns an error unless it is ready.
func (cmd *HealthcheckCmd) Run(ctx context.Context, k *kong.Kong) error {
	said, err := cmd.ask(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintln(k.Stdout, said.Status)
	w := table(k.Stdout)
	for _, check := range said.Checks {
		fmt.Fprintf(w, "  %s\t%s\t%s\n", check.Name, check.Status, strings.Join(strings.Fields(check.Detail), " "))
	}
	return w.Flush()
}

// ask returns an error unless /readyz answers 200.
func (cmd *HealthcheckCmd) ask(ctx context.Context) (telemetry.Readiness, error) {
	var said telemetry.Readiness
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	host, port, err := net.SplitHostPort(string(cmd.HTTPAddr))
	if err != nil {
		return said, err
	}
	if host == "" || host == "0.0.0.0" || host == "::" {
		host = "127.0.0.1"
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/readyz", nil)
	if err != nil {
		return said, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return said, err
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 64<<10))
	if err != nil {
		return said, err
	}
	if answer.StatusCode != http.StatusOK {
		return said, fmt.Errorf("not ready: %s", strings.TrimSpace(string(body)))
	}
	if json.Unmarshal(body, &said) != nil {
		said.Status = strings.TrimSpace(string(body)) // the simulators say ok, and no more
	}
	return said, nil
}

// ready returns an error unless the role is.
func (cmd *HealthcheckCmd) ready(ctx context.Context) error {
	_, err := cmd.ask(ctx)
	return err
}
