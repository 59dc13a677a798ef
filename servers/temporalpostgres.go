package servers

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/template"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
)

// The server is of the version that the dev server holds, and its own program,
// cmd/server, with the one that makes its tables.
var (
	temporalServer = goTool{
		name: "temporal-server", title: "the Temporal server", module: "temporal-postgres",
		program: "go.temporal.io/server/cmd/server", takes: "some 4 minutes on 2 cores, seconds where the dev server was built",
	}
	temporalSQLTool = goTool{
		name: "temporal-sql-tool", title: "the tool that makes Temporal's tables", module: "temporal-postgres",
		program: "go.temporal.io/server/cmd/tools/sql", takes: "seconds, after the server",
	}
)

// temporalConfig is the server's configuration, for text/template.
//
//go:embed temporalpostgres.yaml
var temporalConfig string

// shards are the parts into which the histories are divided, each with its own
// lock and queues: as many as Temporal's own image has.
const shards = 4

// TemporalPostgreSQLOptions say what Temporal on PostgreSQL has. The zero value
// is a server with the namespace "default".
type TemporalPostgreSQLOptions struct {
	// Dir is the run folder. Empty means a temporary folder of the server's own.
	Dir string
	// Port is the preferred one: if it is taken, the next free one above it is
	// used. Zero means any.
	Port int
	// Namespaces exist besides "default".
	Namespaces []string
	// SearchAttributes of every namespace, by name. They are known at once.
	SearchAttributes map[string]enumspb.IndexedValueType
	// Out is told when the server has to be built first; nil means nobody is.
	Out io.Writer
}

// TemporalOnPostgreSQL makes Temporal's tables on a PostgreSQL that has none,
// and starts a cluster of one process, its four services: what a shop would
// run, but for the number of machines. It is configured as the dev server with
// Cached, has no UI, and never uses a temporal from PATH. It may have to be
// built first, which takes minutes.
func TemporalOnPostgreSQL(ctx context.Context, database *PostgreSQLServer, options TemporalPostgreSQLOptions) (*TemporalServer, error) {
	path, err := temporalServer.built(ctx, options.Out)
	if err != nil {
		return nil, fmt.Errorf("start temporal: %w", err)
	}
	if err := makeTables(ctx, database, options.Out); err != nil {
		return nil, fmt.Errorf("start temporal: %w", err)
	}
	port, err := FreePort(options.Port)
	if err != nil {
		return nil, fmt.Errorf("start temporal: %w", err)
	}
	p, err := newProcess("temporal", options.Dir)
	if err != nil {
		return nil, err
	}
	s := &TemporalServer{Process: p, Address: loopback(port), namespaces: append([]string{"default"}, options.Namespaces...)}
	if err := s.writeConfig(database, port); err != nil {
		return nil, errors.Join(fmt.Errorf("start temporal: %w", err), p.Stop())
	}
	p.program = program{path: path, args: []string{"--root", p.Dir, "--config", ".", "--allow-no-auth", "start"}}
	p.within = time.Minute
	p.ready = func(ctx context.Context) error { return s.register(ctx, options.SearchAttributes) }
	if err := p.start(ctx); err != nil {
		return nil, errors.Join(err, p.Stop())
	}
	return s, nil
}

// writeConfig writes the files that the server reads when it starts.
func (s *TemporalServer) writeConfig(database *PostgreSQLServer, port int) error {
	type ports struct{ GRPC, Membership int }
	services := map[string]*ports{"frontend": {GRPC: port}, "history": {}, "matching": {}, "worker": {}}
	for _, service := range services {
		for _, port := range []*int{&service.GRPC, &service.Membership} {
			if *port != 0 {
				continue
			}
			var err error
			if *port, err = FreePort(0); err != nil {
				return err
			}
		}
	}
	dynamic := filepath.Join(s.Dir, "dynamicconfig.yaml")
	var config strings.Builder
	err := template.Must(template.New("").Parse(temporalConfig)).Execute(&config, map[string]any{
		"Shards": shards, "PostgreSQL": database, "Services": services, "Address": s.Address, "DynamicConfig": dynamic,
	})
	if err != nil {
		return err
	}
	var settings strings.Builder
	for _, s := range dynamicConfig {
		fmt.Fprintf(&settings, "%s:\n  - value: %v\n", s.name, s.value)
	}
	return errors.Join(
		os.WriteFile(filepath.Join(s.Dir, "base.yaml"), []byte(config.String()), 0o600),
		os.WriteFile(dynamic, []byte(settings.String()), 0o600),
	)
}
