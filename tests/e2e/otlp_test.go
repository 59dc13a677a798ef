package e2e_test

import (
	"context"
	"encoding/hex"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	collectorpb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	resourcepb "go.opentelemetry.io/proto/otlp/resource/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"makegood/tests/harness"
)

// collector receives OTLP, over HTTP and over gRPC, and keeps every span.
type collector struct {
	collectorpb.UnimplementedTraceServiceServer

	http, grpc string // where it listens

	mu    sync.Mutex
	spans []span
}

// span is a span with the process that it came from.
type span struct {
	*tracepb.Span
	resource *resourcepb.Resource
}

func newCollector(t *testing.T) *collector {
	t.Helper()
	c := &collector{}
	web := httptest.NewServer(c)
	t.Cleanup(web.Close)
	c.http = web.URL
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := grpc.NewServer()
	collectorpb.RegisterTraceServiceServer(server, c)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	c.grpc = "http://" + listener.Addr().String()
	return c
}

// ServeHTTP takes what the protocol http/protobuf sends.
func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	request := &collectorpb.ExportTraceServiceRequest{}
	if err == nil {
		err = proto.Unmarshal(body, request)
	}
	if err != nil || r.URL.Path != "/v1/traces" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	answer, _ := c.Export(r.Context(), request)
	text, _ := proto.Marshal(answer)
	w.Header().Set("Content-Type", "application/x-protobuf")
	_, _ = w.Write(text)
}

// Export implements the trace service of OTLP.
func (c *collector) Export(_ context.Context, request *collectorpb.ExportTraceServiceRequest) (*collectorpb.ExportTraceServiceResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, of := range request.GetResourceSpans() {
		for _, scope := range of.GetScopeSpans() {
			for _, s := range scope.GetSpans() {
				c.spans = append(c.spans, span{s, of.GetResource()})
			}
		}
	}
	return &collectorpb.ExportTraceServiceResponse{}, nil
}

// all are the spans that have come so far.
func (c *collector) all() []span {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]span(nil), c.spans...)
}

// trace are the spans of a trace that have come so far.
func (c *collector) trace(id string) []span {
	var found []span
	for _, s := range c.all() {
		if hex.EncodeToString(s.GetTraceId()) == id {
			found = append(found, s)
		}
	}
	return found
}

// edges are the lines "parent > child" of a trace, each once, by the spans'
// names. The parent of the first is outside, and what hangs nowhere has the
// parent "?".
func edges(spans []span, outside string) map[string]bool {
	names := map[string]string{outside: "outside"}
	for _, s := range spans {
		names[hex.EncodeToString(s.GetSpanId())] = s.GetName()
	}
	found := map[string]bool{}
	for _, s := range spans {
		parent, known := names[hex.EncodeToString(s.GetParentSpanId())]
		if !known {
			parent = "?"
		}
		found[parent+" > "+s.GetName()] = true
	}
	return found
}

func lines(text string) map[string]bool {
	found := map[string]bool{}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			found[line] = true
		}
	}
	return found
}

// count is how many spans of the name there are.
func count(spans []span, name string) int {
	n := 0
	for _, s := range spans {
		if s.GetName() == name {
			n++
		}
	}
	return n
}

func attribute(s span, name string) string {
	for _, a := range append(s.GetAttributes(), s.resource.GetAttributes()...) {
		if a.GetKey() == name {
			return a.GetValue().GetStringValue()
		}
	}
	return ""
}

// exporting sends the roles' traces to the collector, as they come.
func exporting(protocol, endpoint string) []harness.Option {
	return []harness.Option{
		harness.Setting("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint), harness.Setting("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
		harness.Setting("OTEL_BSP_SCHEDULE_DELAY", "50"),
	}
}
