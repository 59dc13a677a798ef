package servers_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"makegood/servers"
)

func TestRedis(t *testing.T) {
	needs(t, "redis")
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	server, err := servers.Redis(ctx, servers.Options{Dir: t.TempDir()})
	require.NoError(t, err)
	defer func() { require.NoError(t, server.Stop()) }()
	options, err := redis.ParseURL(server.URL)
	require.NoError(t, err)
	options.MaxRetries, options.DialerRetries, options.ContextTimeoutEnabled = -1, 1, true
	client := redis.NewClient(options)
	defer func() { _ = client.Close() }()

	t.Run("is a ledger: appends every write and evicts nothing", func(t *testing.T) {
		settings, err := client.ConfigGet(ctx, "a*only").Result()
		require.NoError(t, err)
		require.Equal(t, "yes", settings["appendonly"])
		settings, err = client.ConfigGet(ctx, "maxmemory-policy").Result()
		require.NoError(t, err)
		require.Equal(t, "noeviction", settings["maxmemory-policy"])
	})
	t.Run("keeps its data and its port over a crash", func(t *testing.T) {
		require.NoError(t, client.Set(ctx, "mug", 3, 0).Err())
		require.NoError(t, server.Kill())
		<-server.Exited()
		require.Error(t, client.Ping(ctx).Err())
		require.NoError(t, server.Restart(ctx))
		require.Equal(t, "3", client.Get(ctx, "mug").Val())
	})
	t.Run("answers nobody while it is frozen", func(t *testing.T) {
		require.NoError(t, client.Ping(ctx).Err())
		require.NoError(t, server.Freeze())
		short, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
		defer cancel()
		err := client.Ping(short).Err()
		require.True(t, errors.Is(err, context.DeadlineExceeded) || os.IsTimeout(err), "%v", err)
		require.NoError(t, server.Thaw())
		require.NoError(t, client.Ping(ctx).Err())
	})
	t.Run("goes with its folder", func(t *testing.T) {
		require.NoError(t, server.Stop())
		require.Error(t, client.Ping(ctx).Err())
		require.NoDirExists(t, server.Dir)
		require.NoError(t, server.Stop(), "again")
	})
}

func TestAServerThatCannotStartSaysWhy(t *testing.T) {
	needs(t, "redis")
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(dir+"/redis/appendonlydir", 0o700))
	require.NoError(t, os.WriteFile(dir+"/redis/appendonlydir/appendonly.aof.manifest", []byte("nonsense\n"), 0o600))

	_, err := servers.Redis(context.Background(), servers.Options{Dir: dir})

	require.ErrorContains(t, err, "start redis: it ended while it was starting")
	require.ErrorContains(t, err, "manifest", "the log's last lines are in the error")
	require.Empty(t, processesOf(t, dir))
}
