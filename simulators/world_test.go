package simulators_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"makegood/simulators"
)

// childDir makes this binary run simulators on a folder instead of the tests:
// a process that a test can kill.
const childDir = "MAKEGOOD_TEST_SIMULATORS_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		child(dir)
		return
	}
	goleak.VerifyTestMain(m)
}

func child(dir string) {
	s, err := simulators.New(simulators.Config{Addr: "127.0.0.1:0", SMTPAddr: "127.0.0.1:0", Dir: dir})
	if err == nil {
		err = s.Start(context.Background())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(s.URL(), s.SMTPAddr())
	_, _ = bufio.NewReader(os.Stdin).ReadByte() // ends with the test, too
}

// world is a running outside world.
type world struct {
	url  string
	smtp string
}

func newWorld(t testing.TB) world {
	t.Helper()
	s, err := simulators.New(simulators.Config{
		Addr: "127.0.0.1:0", SMTPAddr: "127.0.0.1:0", Dir: t.TempDir(),
		Logger: slog.New(slog.NewTextHandler(os.Stderr, nil)),
	})
	require.NoError(t, err)
	require.NoError(t, s.Start(t.Context()))
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		require.NoError(t, s.Stop(context.Background()))
	})
	return world{url: s.URL(), smtp: s.SMTPAddr()}
}

// spawn runs one in a process of its own. kill ends it with SIGKILL.
func spawn(t *testing.T, dir string) (w world, kill func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childDir+"="+dir)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	kill = func() {
		_ = cmd.Process.Kill() // SIGKILL
		_ = cmd.Wait()
		_ = stdin.Close()
		http.DefaultClient.CloseIdleConnections()
	}
	t.Cleanup(kill)
	_, err = fmt.Fscan(stdout, &w.url, &w.smtp)
	require.NoError(t, err)
	return w, kill
}

// answer is what Stripe or the carrier said.
type answer struct {
	status   int
	replayed bool
	body     map[string]any
}

// at reads a member of the body by its path: "error.code".
func (a answer) at(path string) any {
	var value any = a.body
	for name := range strings.SplitSeq(path, ".") {
		object, ok := value.(map[string]any)
		if !ok {
			return nil
		}
		value = object[name]
	}
	return value
}

// stripe sends a request; a GET's form is its query. key is the idempotency key.
func (w world) stripe(t testing.TB, method, path, key string, form url.Values) answer {
	t.Helper()
	a, err := w.tryStripe(method, path, key, form)
	require.NoError(t, err)
	return a
}

func (w world) tryStripe(method, path, key string, form url.Values) (a answer, err error) {
	target, body := w.url+"/stripe/v1"+path, form.Encode()
	if method == http.MethodGet {
		target, body = target+"?"+body, ""
	}
	req, err := http.NewRequest(method, target, strings.NewReader(body))
	if err != nil {
		return a, err
	}
	req.Header.Set("Authorization", "Bearer sk_test_1")
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return a, err
	}
	defer func() { _ = res.Body.Close() }()
	a = answer{status: res.StatusCode, replayed: res.Header.Get("Idempotent-Replayed") == "true"}
	return a, json.NewDecoder(res.Body).Decode(&a.body)
}

// getJSON reads a page of the carrier or the mailbox.
func (w world) getJSON(t testing.TB, path string, into any) {
	t.Helper()
	res, err := http.Get(w.url + path)
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.NoError(t, json.NewDecoder(res.Body).Decode(into))
}

func intentFor(order, method string) url.Values {
	return url.Values{
		"amount": {"2500"}, "currency": {"eur"}, "payment_method": {method}, "metadata[order_id]": {order},
	}
}
