package inventory_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// startServer runs a redis-server of its own on a free port, in a temporary
// folder. The shell around it ends both when this process ends, however that
// comes about: its standard input closes then.
func startServer(settings ...string) (addr string, stop func(), err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	addr = listener.Addr().String()
	_, port, _ := net.SplitHostPort(addr)
	_ = listener.Close()
	dir, err := os.MkdirTemp("", "makegood-redis-")
	if err != nil {
		return "", nil, err
	}
	args := append([]string{"-c", `"$@" & cat >/dev/null; kill -9 $!; wait; rm -rf "$0"`, dir,
		"redis-server", "--port", port, "--bind", "127.0.0.1", "--dir", dir, "--save", "", "--appendonly", "no"}, settings...)
	if n, _ := strconv.Atoi(port); n > 55535 && slices.Contains(settings, "--cluster-enabled") {
		// The cluster's bus would be at port + 10000.
		args = append(args, "--cluster-port", strconv.Itoa(n-10000))
	}
	shell := exec.Command("sh", args...)
	log := &bytes.Buffer{}
	shell.Stdout, shell.Stderr = log, log
	stdin, err := shell.StdinPipe()
	if err != nil {
		return "", nil, err
	}
	if err := shell.Start(); err != nil {
		return "", nil, err
	}
	stop = func() {
		_ = stdin.Close()
		_ = shell.Wait()
	}
	client := redis.NewClient(&redis.Options{Addr: addr})
	defer func() { _ = client.Close() }()
	if err := until(func() error {
		err := client.Ping(context.Background()).Err()
		if redis.HasErrorPrefix(err, "NOAUTH") {
			return nil // it runs, and wants a password
		}
		return err
	}); err != nil {
		stop()
		return "", nil, fmt.Errorf("start redis-server: %w\n%s", err, log)
	}
	return addr, stop, nil
}

// until asks again until the condition holds, for at most ten seconds.
func until(condition func() error) error { return within(10*time.Second, condition) }

func within(limit time.Duration, condition func() error) error {
	deadline := time.After(limit)
	for {
		err := condition()
		if err == nil {
			return nil
		}
		select {
		case <-deadline:
			return err
		case <-time.After(10 * time.Millisecond):
		}
	}
}
