package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/prototext"

	"makegood/api/client"
	"makegood/order"
	"makegood/tests/harness"
)

// The caller's span, in which an order is placed.
const (
	callersTrace = "4bf92f3577b34da6a3ce929d0e0e47"
	callersSpan  = "00f067aa0ba902b7"
)

// tried is every order whose parcel is asked for, and announced.
const tried = `
	outside > POST /v1/orders
	POST /v1/orders > StartWorkflow:Order
	StartWorkflow:Order > RunWorkflow:Order
	RunWorkflow:Order > RunActivity:Charge
	RunActivity:Charge > POST stripe
	RunWorkflow:Order > RunActivity:Reserve
	RunActivity:Reserve > redis EVALSHA
	RunWorkflow:Order > RunActivity:Ship
	RunActivity:Ship > PUT carrier
	RunWorkflow:Order > RunActivity:Publish
	RunActivity:Publish > publish events
`

const shippedInOneTask = tried + `
	RunWorkflow:Order > RunActivity:Commit
	RunActivity:Commit > redis EVALSHA
	POST /v1/orders > process order.completed
	process order.completed > redis EVALSHA
	process order.completed > redis SET
	process order.completed > send mail
	process order.completed > POST webhook
`

// madeGood is an order whose parcel can't be delivered: two compensations.
const madeGood = tried + `
	RunWorkflow:Order > RunActivity:Release
	RunActivity:Release > redis EVALSHA
	RunWorkflow:Order > RunActivity:Refund
	RunActivity:Refund > GET stripe
	RunActivity:Refund > POST stripe
	POST /v1/orders > process payment.refunded
	process payment.refunded > redis EVALSHA
	process payment.refunded > redis SET
	process payment.refunded > send mail
	POST /v1/orders > process order.rejected
	process order.rejected > redis EVALSHA
	process order.rejected > redis SET
	process order.rejected > send mail
`

func TestOneTraceFromThePostToTheMail(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		protocol string
		options  []harness.Option
		system   string // messaging.system
		roles    string // that make spans
	}{
		{"in one process, over RabbitMQ", "http/protobuf", nil, "rabbitmq", "serve"},
		{"roles apart, over RabbitMQ", "grpc", []harness.Option{harness.Apart()}, "rabbitmq", "api notifier worker"},
		{"roles apart, over Redis Streams", "http/protobuf", []harness.Option{harness.Apart(), harness.Setting("EVENT_TRANSPORT", "redis")}, "redis", "api notifier worker"},
	}
	for i, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newCollector(t)
			endpoint := c.http
			if test.protocol == "grpc" {
				endpoint = c.grpc
			}
			told := make(chan string, 100)
			shop := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { told <- r.Header.Get("traceparent") }))
			t.Cleanup(shop.Close)
			s := harness.New(t, append(append(exporting(test.protocol, endpoint), test.options...),
				harness.Setting("WEBHOOK_URL", shop.URL+"/hook?token=s3cret"), harness.Setting("WEBHOOK_SECRETS", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"),
				harness.Setting("WEBHOOK_TYPES", "order.completed,order.rejected"))...)
			_, err := s.API.SetStock(t.Context(), "MUG-BLUE", 10, "", "")
			require.NoError(t, err)

			// The first order of a system that has just begun may need longer than
			// its one task, and then looks its payment up.
			_, err = s.API.Place(t.Context(), harness.Sample(), "", time.Minute)
			require.NoError(t, err)
			<-told

			trace := fmt.Sprintf("%s%02x", callersTrace, 2*i)
			shipped := placeTraced(t, s, harness.Sample(), trace, "Idempotency-Key", trace)
			untilTraced(t, c, trace, shippedInOneTask)
			require.Equal(t, order.Completed, s.Final(t, shipped).Status)
			require.Contains(t, <-told, trace, "the receiver's own spans hang below ours")

			again := fmt.Sprintf("%s%02x", callersTrace, 0x40+i)
			for _, stream := range []string{"/v1/events", "/v1/orders/" + string(shipped) + "/events"} {
				require.NoError(t, traced(t, http.MethodGet, s.URL+stream, nil, again).Body.Close())
			}
			require.Equal(t, shipped, placeTraced(t, s, harness.Sample(), again, "Idempotency-Key", trace))
			untilTraced(t, c, again, "outside > POST /v1/orders")

			undone := fmt.Sprintf("%s%02x", callersTrace, 2*i+1)
			failing := harness.Sample()
			failing.PaymentMethod, failing.ShippingAddress.PostalCode = "pm_sim_fail_1", "00000"
			rejected := placeTraced(t, s, failing, undone)
			untilTraced(t, c, undone, madeGood+`
				RunActivity:Charge > GET stripe
				process order.rejected > POST webhook
			`)
			require.Equal(t, order.Undeliverable, s.Final(t, rejected).Reason)

			for id, of := range map[string]order.ID{trace: shipped, undone: rejected} {
				spans := c.trace(id)
				require.Equal(t, 1, count(spans, "RunWorkflow:Order"))
				roles := map[string]bool{}
				for _, sp := range spans {
					roles[attribute(sp, "makegood.role")] = true
					require.Equal(t, "makegood", attribute(sp, "service.name"))
					if name, _, _ := strings.Cut(sp.GetName(), " "); name == "process" || name == "publish" {
						require.Equal(t, test.system, attribute(sp, "messaging.system"))
						require.Equal(t, string(of), attribute(sp, "makegood.order_id"))
					}
				}
				require.Equal(t, test.roles, strings.Join(sorted(roles), " "))
			}
			if s.Heard != nil {
				s.Heard.Until(t, shipped, order.EventCompleted)
				for _, heard := range s.Heard.Of(shipped) {
					require.Contains(t, heard.Traceparent, "-"+trace+"-")
				}
			}
			for _, sp := range c.all() {
				text := prototext.Format(sp)
				for _, personal := range []string{"ada@example.com", "Ada", "1 Main St", "pm_", "s3cret"} {
					require.NotContains(t, text, personal)
				}
			}
		})
	}
}

// A worker that goes leaves the workflow to the next, which replays it from the
// beginning.
func TestATraceOutlivesItsWorker(t *testing.T) {
	t.Parallel()
	c := newCollector(t)
	s := harness.New(t, append(exporting("http/protobuf", c.http), harness.Apart(), harness.Setting("ATTENTION_AFTER", "1s"))...)
	_, err := s.API.SetStock(t.Context(), "MUG-BLUE", 10, "", "")
	require.NoError(t, err)
	stuck := harness.Sample()
	stuck.PaymentMethod, stuck.ShippingAddress.PostalCode = "pm_sim_refuse_undo", "00000"
	trace := callersTrace + "ff"
	id := placeTraced(t, s, stuck, trace)
	harness.Eventually(t, func(ctx context.Context) error {
		o, err := s.API.Get(ctx, id)
		if err == nil && o.Status != order.NeedsAttention {
			err = fmt.Errorf("it is %s", o.Status)
		}
		return err
	})
	require.NoError(t, s.Worker.Stop())
	require.Zero(t, count(c.trace(trace), "RunWorkflow:Order"), "it has not ended")
	require.NoError(t, s.EndFault(t.Context(), id))
	require.NoError(t, s.Worker.Start(t.Context()))
	harness.Eventually(t, func(ctx context.Context) error { // the new worker has to be given the workflow first
		_, refused := s.API.Settle(ctx, id, client.Word{Action: "retry"})
		o, err := s.API.Get(ctx, id)
		if err == nil && o.Status != order.Rejected {
			err = fmt.Errorf("it is %s: %w", o.Status, refused)
		}
		return err
	})
	untilTraced(t, c, trace, madeGood)

	// As the Web UI asks when somebody opens the order: it is replayed to its end.
	_, err = s.Temporal.QueryWorkflow(t.Context(), string(id), "", "__stack_trace")
	require.NoError(t, err)
	require.NoError(t, s.Worker.Stop())
	require.Equal(t, 1, count(c.trace(trace), "RunWorkflow:Order"))
}

// placeTraced places the order in a span of the caller's.
func placeTraced(t *testing.T, s *harness.System, body order.Request, trace string, header ...string) order.ID {
	t.Helper()
	text, err := json.Marshal(body)
	require.NoError(t, err)
	answer := traced(t, http.MethodPost, s.URL+"/v1/orders", bytes.NewReader(text), trace, append(header, "Content-Type", "application/json")...)
	defer func() { _ = answer.Body.Close() }()
	var placed struct{ ID order.ID }
	require.NoError(t, json.NewDecoder(answer.Body).Decode(&placed))
	return placed.ID
}

// traced asks in a span of the caller's. The caller closes the body.
func traced(t *testing.T, method, url string, body io.Reader, trace string, header ...string) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, body)
	require.NoError(t, err)
	request.Header.Set("traceparent", "00-"+trace+"-"+callersSpan+"-01")
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.Contains(t, []int{http.StatusOK, http.StatusAccepted}, answer.StatusCode)
	return answer
}

// untilTraced waits until the trace is what it has to be, and no more.
func untilTraced(t *testing.T, c *collector, trace, want string) {
	t.Helper()
	harness.Eventually(t, func(context.Context) error {
		wanted, found := lines(want), edges(c.trace(trace), callersSpan)
		if maps.Equal(wanted, found) {
			return nil
		}
		missing, unwanted := maps.Clone(wanted), maps.Clone(found)
		maps.DeleteFunc(missing, func(edge string, _ bool) bool { return found[edge] })
		maps.DeleteFunc(unwanted, func(edge string, _ bool) bool { return wanted[edge] })
		return fmt.Errorf("trace %s lacks %q and has %q", trace, sorted(missing), sorted(unwanted))
	})
}

func sorted(set map[string]bool) []string { return slices.Sorted(maps.Keys(set)) }
