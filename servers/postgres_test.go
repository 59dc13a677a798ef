package servers_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/servers"
)

func TestPostgreSQL(t *testing.T) {
	needs(t, "postgresql")
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	server, err := servers.PostgreSQL(ctx, servers.Options{Dir: t.TempDir()})
	require.NoError(t, err)
	defer func() { require.NoError(t, server.Stop()) }()

	t.Run("answers a commit once it is on disk", func(t *testing.T) {
		for _, setting := range []string{"fsync", "synchronous_commit", "full_page_writes"} {
			require.Equal(t, "on", query(t, server, "SHOW "+setting), setting)
		}
	})
	t.Run("lets nobody in without the password", func(t *testing.T) {
		_, err := psql(t, server, "wrong", "SELECT 1")
		require.ErrorContains(t, err, "password authentication failed")
	})
	t.Run("keeps its data and its port over a crash", func(t *testing.T) {
		query(t, server, "CREATE TABLE mugs AS SELECT 3 AS on_hand")
		require.NoError(t, server.Kill())
		_, err := psql(t, server, server.Password, "SELECT 1")
		require.Error(t, err)
		require.NoError(t, server.Restart(ctx))
		require.Equal(t, "3", query(t, server, "SELECT on_hand FROM mugs"))
	})
	t.Run("ends though it is frozen", func(t *testing.T) {
		require.NoError(t, server.Freeze())
		require.NoError(t, server.Restart(ctx))
	})
	t.Run("tells what all its processes take", func(t *testing.T) {
		first, err := servers.UsageOf(firstProcess(t, server))
		require.NoError(t, err)
		query(t, server, "SELECT sum(sqrt(n)) FROM generate_series(1, 3000000) n")
		all, err := server.Usage()
		require.NoError(t, err)
		require.Greater(t, all.CPU, first.CPU+100*time.Millisecond, "of a connection that has ended")
		require.Greater(t, all.Memory, first.Memory)
	})
	t.Run("goes with its folder", func(t *testing.T) {
		require.NoError(t, server.Stop())
		require.NoDirExists(t, server.Dir)
		require.Empty(t, processesOf(t, server.Dir))
		require.NoError(t, server.Stop(), "again")
	})
}

// query returns what PostgreSQL answers, as text.
func query(t *testing.T, server *servers.PostgreSQLServer, sql string) string {
	t.Helper()
	answer, err := psql(t, server, server.Password, sql)
	require.NoError(t, err)
	return answer
}

func psql(t *testing.T, server *servers.PostgreSQLServer, password, sql string) (string, error) {
	t.Helper()
	host, port, err := net.SplitHostPort(server.Address)
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), "psql", "-X", "-A", "-t", "-w", "-h", host, "-p", port, "-U", server.User, "-d", "postgres", "-c", sql)
	cmd.Env = append(os.Environ(), "PGPASSWORD="+password)
	text, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("psql: %w: %s", err, text)
	}
	return strings.TrimSpace(string(text)), nil
}

// firstProcess is the one that starts all others.
func firstProcess(t *testing.T, server *servers.PostgreSQLServer) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(server.Dir, "data", "postmaster.pid"))
	require.NoError(t, err)
	line, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(line)
	require.NoError(t, err)
	return pid
}
