package inventory_test

import (
	"context"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"makegood/inventory"
)

func TestOpenRefusesABadURLInOneLineThatNamesTheSetting(t *testing.T) {
	rows := []struct{ name, url string }{
		{"nothing", ""},
		{"a host without a scheme", "localhost:6379"},
		{"another scheme", "http://user:s3cret@localhost:6379"},
		{"a socket", "unix:///run/redis.sock"},
		{"a port that is no number", "redis://user:s3cret@localhost:abc"},
		{"a port beyond 65535", "redis://user:s3cret@localhost:99999"},
		{"a password that is not escaped", "redis://user:s3cret#x@localhost:6379"},
		{"a database that is no number", "redis://user:s3cret@localhost/stock"},
		{"a database in a cluster", "redis+cluster://user:s3cret@localhost:6379/1"},
		{"an unknown parameter", "redis://user:s3cret@localhost?pool=3"},
		{"an unknown parameter of a cluster", "redis+cluster://user:s3cret@localhost?pool=3"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			_, err := inventory.Open(row.url)
			require.ErrorContains(t, err, "REDIS_URL: ")
			require.ErrorContains(t, err, "it must be like redis://")
			require.NotContains(t, err.Error(), "\n")
			require.NotContains(t, err.Error(), "s3cret")
		})
	}
}

func TestOpenHonoursDeadlinesAndItsParameters(t *testing.T) {
	server := open(t, "redis://u:p@localhost:7000/3").(*redis.Client).Options()
	require.Equal(t, "localhost:7000", server.Addr)
	require.Equal(t, 3, server.DB)
	require.Equal(t, "p", server.Password)
	require.True(t, server.ContextTimeoutEnabled)
	require.Nil(t, server.TLSConfig)
	require.Equal(t, 3*time.Second, server.ReadTimeout)

	require.NotNil(t, open(t, "rediss://localhost").(*redis.Client).Options().TLSConfig)
	require.Equal(t, time.Minute, open(t, "redis://localhost?read_timeout=1m").(*redis.Client).Options().ReadTimeout)

	cluster := open(t, "redis+cluster://localhost:7000?addr=localhost:7001").(*redis.ClusterClient).Options()
	require.Equal(t, []string{"localhost:7000", "localhost:7001"}, cluster.Addrs)
	require.True(t, cluster.ContextTimeoutEnabled)
	require.Nil(t, cluster.TLSConfig)
	require.NotNil(t, open(t, "rediss+cluster://localhost").(*redis.ClusterClient).Options().TLSConfig)
}

func TestACallEndsWithItsDeadlineThoughTheServerHangs(t *testing.T) {
	silent := newSilent(t)
	client := open(t, "redis://"+silent)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err := newStock(client, newPool()).Reserve(ctx, buy("o", line("MUG", 1)))
	require.Error(t, err)
	require.Less(t, time.Since(began), time.Second)
}
