package servers

import (
	"context"
	"fmt"
	"net/url"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// AddVhost makes a virtual host, so that a test has a broker to itself, and
// returns its URL. It takes some 40 ms, and changes nothing if there is one of
// that name.
func (s *RabbitMQServer) AddVhost(ctx context.Context, name string) (string, error) {
	vhost, guest := erlangBinary(name), erlangBinary("guest")
	_, err := s.Eval(ctx, fmt.Sprintf(
		`ok = rabbit_vhost:add(%s, %s), ok = rabbit_auth_backend_internal:set_permissions(%s, %s, <<".*">>, <<".*">>, <<".*">>, %s).`,
		vhost, guest, guest, vhost, guest))
	if err != nil {
		return "", fmt.Errorf("add virtual host %s: %w", name, err)
	}
	return s.URL + url.PathEscape(name), nil
}

// evalWithin is how long Eval goes on connecting: nothing was evaluated yet.
const (
	evalWithin = 10 * time.Second
	evalPause  = 50 * time.Millisecond
)

// Eval evaluates Erlang expressions, ended by a dot, on the node and returns
// what they come to: a test raises an alarm with it. It uses erl_call, which
// comes with Erlang: rabbitmqctl does the same in a second, by booting another
// Erlang, and the HTTP API needs a plugin that makes each start slower.
func (s *RabbitMQServer) Eval(ctx context.Context, expressions string) (string, error) {
	path, err := erlCall()
	if err != nil {
		return "", err
	}
	// Every erl_call is a node of the same name, which the server takes once,
	// and not before it has noticed that the last one is gone.
	s.evalMu.Lock()
	defer s.evalMu.Unlock()
	var text string
	for deadline := time.Now().Add(evalWithin); ; time.Sleep(evalPause) {
		cmd := exec.CommandContext(ctx, path, "-address", loopback(s.distPort), "-c", s.cookie, "-e")
		cmd.Env = append(environment(), "HOME="+s.Dir)
		cmd.Stdin = strings.NewReader(expressions + "\n")
		out, err := cmd.CombinedOutput()
		text = strings.TrimSpace(string(out))
		if err == nil {
			break
		}
		if !strings.Contains(text, "failed to connect") || ctx.Err() != nil || time.Now().After(deadline) {
			return "", fmt.Errorf("erl_call: %w: %s", err, text)
		}
	}
	result, ok := strings.CutPrefix(text, "{ok, ")
	if !ok {
		return "", fmt.Errorf("erl_call: %s", text)
	}
	return strings.TrimSuffix(result, "}"), nil
}

// erlCall is in the folder of Erlang's runtime, beside what erl on PATH links to.
func erlCall() (string, error) {
	erl, err := exec.LookPath("erl")
	if err == nil {
		erl, err = filepath.EvalSymlinks(erl)
	}
	if err != nil {
		return "", fmt.Errorf("find erl_call: %w", err)
	}
	pattern := filepath.Join(filepath.Dir(filepath.Dir(erl)), "erts-*", "bin", "erl_call")
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) == 0 {
		return "", fmt.Errorf("no erl_call at %s", pattern)
	}
	return found[0], nil
}

// erlangBinary writes a Go string as an Erlang binary of its bytes, whatever they are.
func erlangBinary(s string) string {
	numbers := make([]string, len(s))
	for i := range len(s) {
		numbers[i] = strconv.Itoa(int(s[i]))
	}
	return "<<" + strings.Join(numbers, ",") + ">>"
}
