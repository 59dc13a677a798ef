package telemetry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/go-logr/logr/funcr"
	"go.opentelemetry.io/contrib/exporters/autoexport"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"golang.org/x/time/rate"
)

// Traces are the spans of this process, on their way to whoever OTEL_* names.
type Traces struct {
	provider *sdktrace.TracerProvider // nil while they are off
}

// On tells whether OTEL_* asks for traces.
func (t *Traces) On() bool { return t.provider != nil }

// StartTraces reads OpenTelemetry's own variables. Traces are off unless
// OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT or
// OTEL_TRACES_EXPORTER is set. It connects to nothing yet, and what can't be
// exported is dropped: no order waits for it. Its errors name the variable.
func StartTraces(ctx context.Context, role, version string, log *slog.Logger) (*Traces, error) {
	asked, err := tracesAsked()
	if !asked || err != nil {
		return &Traces{}, err
	}
	complain := rate.Sometimes{Interval: time.Minute}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		complain.Do(func() { log.Warn("OpenTelemetry reports an error", "error", err) })
	}))
	otel.SetLogger(funcr.New(func(_, text string) { log.Warn("OpenTelemetry reports an error", "error", text) }, funcr.Options{}))
	exporter, err := autoexport.NewSpanExporter(ctx)
	if err != nil {
		return nil, fmt.Errorf("OTEL_TRACES_EXPORTER, OTEL_EXPORTER_OTLP_*: %w", err)
	}
	if autoexport.IsNoneSpanExporter(exporter) {
		return &Traces{}, nil
	}
	service, err := resource.New(ctx, resource.WithTelemetrySDK(), resource.WithAttributes(
		attribute.String("service.name", "makegood"), attribute.String("service.version", version), attribute.String("makegood.role", role),
	), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(service), sdktrace.WithIDGenerator(ids{}))
	otel.SetTracerProvider(provider)
	return &Traces{provider}, nil
}

// stopWithin is how long Stop waits for whoever takes the spans.
const stopWithin = 2 * time.Second

// Stop exports what is left, and drops what can't be within 2 s.
func (t *Traces) Stop() {
	if t.provider == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), stopWithin)
	defer cancel()
	if err := t.provider.Shutdown(ctx); err != nil {
		otel.Handle(err)
	}
}

// tracesAsked checks what the exporter would pass over in silence, or repeat in
// the log although it may be secret.
func tracesAsked() (bool, error) {
	if off := os.Getenv("OTEL_SDK_DISABLED"); off != "" {
		disabled, err := strconv.ParseBool(off)
		if err != nil {
			return false, fmt.Errorf("OTEL_SDK_DISABLED: %q is neither true nor false", off)
		}
		if disabled {
			return false, nil
		}
	}
	asked := os.Getenv("OTEL_TRACES_EXPORTER") != ""
	for _, name := range []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"} {
		endpoint := os.Getenv(name)
		if endpoint == "" {
			continue
		}
		asked = true
		if err := checkEndpoint(endpoint); err != nil {
			return false, fmt.Errorf("%s: %w", name, err)
		}
	}
	if !asked {
		return false, nil
	}
	for _, name := range []string{"OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"} {
		if err := checkHeaders(os.Getenv(name)); err != nil {
			return false, fmt.Errorf("%s: %w", name, err)
		}
	}
	return true, nil
}

// checkEndpoint never repeats the value: it may hold a password.
func checkEndpoint(endpoint string) error {
	u, err := url.Parse(endpoint)
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" {
		return errors.New("no http:// or https:// URL with a host; write one such as http://collector:4318")
	}
	return nil
}

// headerName is a token of RFC 9110, before the value.
var headerName = regexp.MustCompile("^\\s*[\\w!#$%&'*+.^`|~-]+\\s*=")

// checkHeaders never repeats the value either.
func checkHeaders(headers string) error {
	for header := range strings.SplitSeq(headers, ",") {
		_, value, _ := strings.Cut(header, "=")
		_, err := url.PathUnescape(value)
		if strings.TrimSpace(header) != "" && (err != nil || !headerName.MatchString(header)) {
			return errors.New("a header is not name=value with the value percent-encoded; write some such as authorization=Bearer%20abc,tenant=shop")
		}
	}
	return nil
}
