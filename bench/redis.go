package bench

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"makegood/inventory"
)

// openRedis returns the roles' own client of the Redis at address, with one
// connection for each caller: fewer would measure the wait for one.
func openRedis(address string, connections int) (redis.UniversalClient, error) {
	if u, err := url.Parse(address); err == nil {
		query := u.Query()
		query.Set("pool_size", strconv.Itoa(connections))
		u.RawQuery = query.Encode()
		address = u.String()
	}
	return inventory.Open(address)
}

// nodeOf returns a client of the node that has the key.
func nodeOf(ctx context.Context, client redis.UniversalClient, key string) (*redis.Client, error) {
	switch c := client.(type) {
	case *redis.Client:
		return c, nil
	case *redis.ClusterClient:
		return c.MasterForKey(ctx, key)
	}
	return nil, fmt.Errorf("%T is no client of one server or a cluster", client)
}

// Server is what the measured Redis says of itself; what it keeps to itself
// is empty.
type Server struct {
	Version string `json:"version,omitempty"`
	// AppendOnly is "on" if each write goes to a file too.
	AppendOnly string `json:"appendonly,omitempty"`
}

func serverOf(ctx context.Context, node *redis.Client) Server {
	server, _ := RedisInfo(ctx, node, "server")
	persistence, _ := RedisInfo(ctx, node, "persistence")
	s := Server{Version: server["redis_version"]}
	switch persistence["aof_enabled"] {
	case "1":
		s.AppendOnly = "on"
	case "0":
		s.AppendOnly = "off"
	}
	return s
}

// mainThread is the CPU time that the server's main thread has used so far:
// the one that reads requests, runs commands and writes answers. A server of
// before 6.2, or one that refuses INFO, doesn't say.
func mainThread(ctx context.Context, node *redis.Client) (used time.Duration, known bool) {
	cpu, _ := RedisInfo(ctx, node, "cpu")
	for _, field := range []string{"used_cpu_user_main_thread", "used_cpu_sys_main_thread"} {
		seconds, err := strconv.ParseFloat(cpu[field], 64)
		if err != nil {
			return 0, false
		}
		used += time.Duration(seconds * float64(time.Second))
	}
	return used, true
}

// RedisInfo is a section of what a server, or one node of a cluster, says of
// itself.
func RedisInfo(ctx context.Context, client redis.UniversalClient, section string) (map[string]string, error) {
	said, err := client.Info(ctx, section).Result()
	if err != nil {
		return nil, fmt.Errorf("INFO %s: %w", section, err)
	}
	fields := map[string]string{}
	for line := range strings.Lines(said) {
		if name, value, found := strings.Cut(strings.TrimSpace(line), ":"); found {
			fields[name] = value
		}
	}
	return fields, nil
}
