package payments_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/order"
	"makegood/payments"
)

// Every request that the adapter makes is one that Stripe's own OpenAPI allows,
// as stripe-mock checks it, and the simulator's answer to it has the shape of
// Stripe's. The adapter goes by the simulator's answers: stripe-mock keeps no
// state.
func TestRequestsAndAnswersConformToStripesAPI(t *testing.T) {
	both := &twice{mock: stripeMock(t), seen: map[string]bool{}}
	w := newWorld(t)
	gateway, err := payments.NewStripe(payments.Config{
		Key: "sk_test_makegood", URL: w.url, Namespace: "test's",
		Around: func(next http.RoundTripper) http.RoundTripper { both.next = next; return both },
	})
	require.NoError(t, err)
	t.Cleanup(gateway.Close)
	w.Stripe = gateway

	run := func(id string, method string, age time.Duration, steps ...func(order.Order) error) {
		o := paidWith(method)
		o.ID, o.PlacedAt = order.ID(id), o.PlacedAt.Add(-age)
		for _, step := range steps {
			if err := step(o); err != nil {
				t.Logf("%s: %v", id, err) // what each comes to is tested elsewhere
			}
		}
	}
	charge := func(o order.Order) error { _, err := w.Charge(t.Context(), o); return err }
	refund := func(o order.Order) error { _, err := w.Refund(t.Context(), o); return err }
	run("ord_paid", "pm_card_visa", 0, charge, charge, refund, refund)
	run("ord_declined", "pm_card_chargeDeclined", 0, charge)
	run("ord_challenged", "pm_card_authenticationRequired", 0, charge)
	run("ord_fenced", "pm_card_visa", 0, refund)
	run("ord_old", "pm_card_visa", 30*time.Hour, charge, refund)

	require.Empty(t, both.wrong)
	for _, request := range []string{
		"POST /v1/payment_intents", "POST /v1/payment_intents/ID/confirm", "POST /v1/payment_intents/ID/cancel",
		"GET /v1/payment_intents/ID", "POST /v1/refunds", "GET /v1/refunds", "GET /v1/payment_intents/search", "GET /v1/payment_intents",
	} {
		require.True(t, both.seen[request], "%s was never made; seen are %v", request, both.seen)
	}
}

// twice sends each request to stripe-mock as well, and notes what it or the
// shape of its answer is against.
type twice struct {
	next http.RoundTripper
	mock string

	mu    sync.Mutex
	seen  map[string]bool
	wrong []string
}

func (b *twice) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	path := strings.TrimPrefix(r.URL.Path, "/stripe")
	checked, err := http.NewRequest(r.Method, b.mock+path+"?"+r.URL.RawQuery, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	checked.Header = r.Header.Clone()
	status, want, err := answerOf(http.DefaultTransport.RoundTrip(checked))
	if err != nil {
		return nil, err
	}
	answer, err := b.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	got, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	_ = answer.Body.Close()
	answer.Body = io.NopCloser(bytes.NewReader(got))

	b.mu.Lock()
	defer b.mu.Unlock()
	name := r.Method + " " + anonymous(path)
	b.seen[name] = true
	if status != http.StatusOK {
		b.wrong = append(b.wrong, fmt.Sprintf("%s: stripe-mock answers %d: %s", name, status, want))
	} else if answer.StatusCode == http.StatusOK {
		b.wrong = append(b.wrong, differences(name, got, want)...)
	}
	return answer, nil
}

func answerOf(answer *http.Response, err error) (int, []byte, error) {
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	return answer.StatusCode, text, err
}

func anonymous(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if strings.HasPrefix(part, "pi_") {
			parts[i] = "ID"
		}
	}
	return strings.Join(parts, "/")
}

// differences are the members of the simulator's answer that Stripe's doesn't
// have, or has with another type. Metadata is the sender's own.
func differences(name string, got, want []byte) []string {
	var g, w any
	if json.Unmarshal(got, &g) != nil || json.Unmarshal(want, &w) != nil {
		return []string{name + ": an answer is no JSON"}
	}
	return compare(name, g, w)
}

func compare(at string, got, want any) []string {
	if got == nil || want == nil || slices.ContainsFunc(opaque, func(member string) bool { return strings.HasSuffix(at, member) }) {
		return nil
	}
	switch g := got.(type) {
	case map[string]any:
		w, ok := want.(map[string]any)
		if !ok {
			return []string{fmt.Sprintf("%s: an object, at Stripe %T", at, want)}
		}
		var wrong []string
		for member, value := range g {
			if theirs, ok := w[member]; ok {
				wrong = append(wrong, compare(at+"."+member, value, theirs)...)
			} else if !slices.Contains(optional, member) {
				wrong = append(wrong, fmt.Sprintf("%s.%s: not at Stripe", at, member))
			}
		}
		return wrong
	case []any:
		w, ok := want.([]any)
		if !ok || len(g) == 0 || len(w) == 0 {
			return nil
		}
		return compare(at+"[]", g[0], w[0])
	default:
		if fmt.Sprintf("%T", got) != fmt.Sprintf("%T", want) {
			return []string{fmt.Sprintf("%s: %T, at Stripe %T", at, got, want)}
		}
		return nil
	}
}

// opaque are the sender's own, and an error that Stripe's fixture has no
// members of.
var opaque = []string{".metadata", ".last_payment_error"}

// optional are members that Stripe's own fixtures leave out.
var optional = []string{"failure_reason", "next_page", "use_stripe_sdk"}

// stripeMock starts the pinned stripe-mock; Go builds it once, some seconds.
func stripeMock(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := listener.Addr().String()
	require.NoError(t, listener.Close())
	binary := t.TempDir() + "/stripe-mock"
	build := exec.Command("go", "build", "-modfile=../tools/stripe-mock/go.mod", "-o", binary, "github.com/stripe/stripe-mock")
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))
	mock := exec.Command(binary, "-http-addr", address)
	mock.Stderr = os.Stderr
	require.NoError(t, mock.Start())
	t.Cleanup(func() {
		_ = mock.Process.Kill()
		_ = mock.Wait()
	})
	require.Eventually(t, func() bool {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	}, 20*time.Second, 20*time.Millisecond)
	return "http://" + address
}
