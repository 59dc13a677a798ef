package inventory_test

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"makegood/inventory"
)

func newStock(client redis.UniversalClient, pool string) *inventory.Stock {
	return inventory.New(client, inventory.Config{Namespace: pool})
}

// newSilent is an address that takes connections and never answers.
func newSilent(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	return listener.Addr().String()
}

func TestPingAsksTheNodeThatOwnsThePool(t *testing.T) {
	onEach(t, func(t *testing.T, client redis.UniversalClient) {
		require.NoError(t, newStock(client, newPool()).Ping(t.Context()))
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	require.Error(t, newStock(open(t, "redis://"+listener.Addr().String()), "nobody").Ping(t.Context()))
}

func TestCheckServer(t *testing.T) {
	requireServer(t)
	rows := []struct {
		name     string
		settings []string
		user     string // what its ACL takes away; empty asks as the default user
		warning  string
		err      string
	}{
		{"a ledger's settings pass", []string{"--appendonly", "yes"}, "", "", ""},
		{"an eviction policy is an error", []string{"--maxmemory-policy", "allkeys-lru"}, "", "", "maxmemory-policy allkeys-lru"},
		{"appendonly off is a warning", nil, "", "appendonly off", ""},
		{"INFO tells of the policy where CONFIG is refused", []string{"--maxmemory-policy", "volatile-ttl"}, "-config", "", "maxmemory-policy volatile-ttl"},
		{"INFO tells of appendonly where CONFIG is refused", nil, "-config", "appendonly off", ""},
		{"INFO tells that all is well where CONFIG is refused", []string{"--appendonly", "yes"}, "-config", "", ""},
		{"a server that refuses both is a warning", nil, "-config -info", "does not say", ""},
		{"a cluster's masters are asked", []string{"--cluster-enabled", "yes", "--maxmemory-policy", "allkeys-lru"}, "", "", "maxmemory-policy allkeys-lru"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			addr, stop, err := startServer(row.settings...)
			require.NoError(t, err)
			t.Cleanup(stop)
			url := "redis://" + addr
			if row.user != "" {
				admin := open(t, url)
				rules := []any{"ACL", "SETUSER", "shop", "on", ">pw", "~*", "&*", "+@all"}
				for rule := range strings.FieldsSeq(row.user) {
					rules = append(rules, rule)
				}
				require.NoError(t, admin.Do(t.Context(), rules...).Err())
				url = "redis://shop:pw@" + addr
			}
			if len(row.settings) > 0 && row.settings[0] == "--cluster-enabled" {
				require.NoError(t, formCluster(addr))
				url = "redis+cluster://" + addr
			}
			warnings, err := newStock(open(t, url), "pool").CheckServer(t.Context())
			if row.err != "" {
				require.ErrorContains(t, err, row.err)
				require.ErrorContains(t, err, "noeviction")
				require.NotContains(t, err.Error(), "\n")
				return
			}
			require.NoError(t, err)
			if row.warning == "" {
				require.Empty(t, warnings)
				return
			}
			require.NotEmpty(t, warnings)
			require.Contains(t, warnings[0], row.warning)
		})
	}
}

// formCluster gives the node every slot and waits until it serves them.
func formCluster(addr string) error {
	node := redis.NewClient(&redis.Options{Addr: addr})
	defer func() { _ = node.Close() }()
	if err := node.ClusterAddSlotsRange(context.Background(), 0, 16383).Err(); err != nil {
		return err
	}
	return until(func() error {
		info, err := node.ClusterInfo(context.Background()).Result()
		if err == nil && !strings.Contains(info, "cluster_state:ok") {
			err = fmt.Errorf("the cluster is not ready: %s", info)
		}
		return err
	})
}

func TestCheckServerOnMiniredisOnlyWarns(t *testing.T) {
	warnings, err := newStock(open(t, "redis://"+embedded().Addr()), "pool").CheckServer(t.Context())
	require.NoError(t, err)
	require.Len(t, warnings, 2)
}

func TestCheckServerFailsOnAServerThatAnswersNobody(t *testing.T) {
	requireServer(t)
	addr, stop, err := startServer("--requirepass", "pw")
	require.NoError(t, err)
	t.Cleanup(stop)
	_, err = newStock(open(t, "redis://"+addr), "pool").CheckServer(t.Context())
	require.ErrorContains(t, err, "NOAUTH")
}
