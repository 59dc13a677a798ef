package servers

import (
	"context"
	"fmt"
	"io"
	"net"
	"os/exec"
)

// makeTables makes both of Temporal's databases, of histories and of what is
// searched, as its documentation says: created, versioned, brought up to date.
func makeTables(ctx context.Context, database *PostgreSQLServer, out io.Writer) error {
	tool, err := temporalSQLTool.built(ctx, out)
	if err != nil {
		return err
	}
	host, port, err := net.SplitHostPort(database.Address)
	if err != nil {
		return err
	}
	for name, tables := range map[string]string{"temporal": "temporal", "temporal_visibility": "visibility"} {
		for _, step := range [][]string{
			{"create-database"},
			{"setup-schema", "--version", "0.0"},
			{"update-schema", "--schema-name", "postgresql/v12/" + tables},
		} {
			cmd := exec.CommandContext(ctx, tool, step...)
			cmd.Dir = database.Dir
			cmd.Env = append(environment(), "SQL_PLUGIN=postgres12_pgx", "SQL_HOST="+host, "SQL_PORT="+port,
				"SQL_USER="+database.User, "SQL_PASSWORD="+database.Password, "SQL_DATABASE="+name)
			if text, err := cmd.CombinedOutput(); err != nil {
				return fmt.Errorf("%s of %s: %w\n%s", step[0], name, err, text)
			}
		}
	}
	return nil
}
