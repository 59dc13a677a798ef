package servers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/namespace/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/durationpb"
)

// Retention is how long Temporal keeps closed orders: what makegood's
// set-up asks of any namespace. The dev server's own default is one day.
const Retention = 30 * 24 * time.Hour

// collectAt has its heap grow to five times what is in use, histories in memory
// included, before it is collected, unless GOGC says otherwise: at twice that,
// Go's default, collecting takes an eighth of a workflow's CPU time. See
// docs/adr/0024.
const collectAt = "400"

// TemporalOptions say what the dev server has. The zero value is a server
// without a UI, in memory, with the namespace "default".
type TemporalOptions struct {
	// Dir is the run folder. Empty means a temporary folder of the server's own.
	Dir string
	// Port is the preferred one: if it is taken, the next free one above it is
	// used. Zero means any.
	Port int
	// UI serves the Web UI, on UIPort if it can.
	UI     bool
	UIPort int
	// Namespaces exist besides "default". Many are cheap: a test can have its own.
	Namespaces []string
	// SearchAttributes of every namespace, by name. They are known at once.
	SearchAttributes map[string]enumspb.IndexedValueType
	// Cached has the server remember for a minute which search attributes there
	// are, as clusters do, instead of reading them for each request, which
	// costs a good part of its rate. One that is registered later is not known
	// at once: name them all in SearchAttributes.
	Cached bool
	// Durable keeps histories in a file, so that they outlive Kill.
	Durable bool
	// Out is told when the server has to be built first; nil means nobody is.
	Out io.Writer
}

// TemporalServer is Temporal's dev server, or Temporal on PostgreSQL.
type TemporalServer struct {
	*Process
	Address string // host:port, as TEMPORAL_ADDRESS takes it
	UIURL   string // empty without a UI
	// MetricsURL is where Prometheus scrapes it; empty on PostgreSQL.
	MetricsURL string

	namespaces []string
}

// Temporal starts the dev server of TemporalBinary. It may have to build it
// first, which takes minutes.
func Temporal(ctx context.Context, options TemporalOptions) (*TemporalServer, error) {
	path, err := TemporalBinary(ctx, options.Out)
	if err != nil {
		return nil, fmt.Errorf("start temporal: %w", err)
	}
	port, err := FreePort(options.Port)
	if err != nil {
		return nil, fmt.Errorf("start temporal: %w", err)
	}
	metrics, err := FreePort(0)
	if err != nil {
		return nil, fmt.Errorf("start temporal: %w", err)
	}
	p, err := newProcess("temporal", options.Dir)
	if err != nil {
		return nil, err
	}
	s := &TemporalServer{Process: p, Address: loopback(port), MetricsURL: "http://" + loopback(metrics) + "/metrics", namespaces: append([]string{"default"}, options.Namespaces...)}
	p.program = program{path: path, args: []string{
		"server", "start-dev", "--ip", "127.0.0.1", "--port", strconv.Itoa(port), "--metrics-port", strconv.Itoa(metrics), "--log-level", "warn",
	}, env: []string{"GOGC=" + cmp.Or(os.Getenv("GOGC"), collectAt)}}
	if err := s.configure(options); err != nil {
		return nil, errors.Join(err, p.Stop())
	}
	p.within = time.Minute
	p.ready = s.prepare
	if err := p.start(ctx); err != nil {
		return nil, errors.Join(err, p.Stop())
	}
	return s, nil
}

func (s *TemporalServer) configure(options TemporalOptions) error {
	add := func(args ...string) { s.program.args = append(s.program.args, args...) }
	if options.UI {
		port, err := FreePort(options.UIPort)
		if err != nil {
			return fmt.Errorf("start temporal: %w", err)
		}
		s.UIURL = "http://" + loopback(port)
		add("--ui-port", strconv.Itoa(port))
	} else {
		add("--headless")
	}
	for _, name := range options.Namespaces {
		add("--namespace", name)
	}
	for name, kind := range options.SearchAttributes {
		add("--search-attribute", name+"="+kind.String())
	}
	settings := dynamicConfig
	if !options.Cached {
		settings = append(slices.Clone(settings), freshAttributes)
	}
	for _, s := range settings {
		add("--dynamic-config-value", fmt.Sprintf("%s=%v", s.name, s.value))
	}
	if options.Durable {
		add("--db-filename", s.Dir+"/temporal.db")
	}
	return nil
}

// prepare succeeds once every namespace is there, has its retention, and the
// UI answers.
func (s *TemporalServer) prepare(ctx context.Context) error {
	c, err := client.NewLazyClient(client.Options{HostPort: s.Address, Logger: silent{}})
	if err != nil {
		return err
	}
	defer c.Close()
	for _, name := range s.namespaces {
		_, err := c.WorkflowService().UpdateNamespace(ctx, &workflowservice.UpdateNamespaceRequest{
			Namespace: name,
			Config:    &namespace.NamespaceConfig{WorkflowExecutionRetentionTtl: durationpb.New(Retention)},
		})
		if err != nil {
			return fmt.Errorf("set retention of namespace %s: %w", name, err)
		}
	}
	if s.UIURL == "" {
		return nil
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.UIURL, nil)
	if err != nil {
		return err
	}
	response, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the web UI answers %s", response.Status)
	}
	return nil
}

// silent keeps the SDK from logging that a server which is starting is not there yet.
type silent struct{}

func (silent) Debug(string, ...any) {}
func (silent) Info(string, ...any)  {}
func (silent) Warn(string, ...any)  {}
func (silent) Error(string, ...any) {}
