package inventory

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"
)

// CheckServer reads what it may of the server's settings, of every master of
// a cluster. A setting that lets Redis drop records on its own is the error;
// one that risks them in a crash, or that can't be read, is a warning. Both
// are one line. It is safe to repeat.
func (s *Stock) CheckServer(ctx context.Context) (warnings []string, err error) {
	cluster, ok := s.client.(*redis.ClusterClient)
	if !ok {
		return checkNode(ctx, s.client)
	}
	var mu sync.Mutex
	err = cluster.ForEachMaster(ctx, func(ctx context.Context, node *redis.Client) error {
		found, err := checkNode(ctx, node)
		mu.Lock()
		defer mu.Unlock()
		for _, w := range found {
			warnings = append(warnings, node.Options().Addr+": "+w)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", node.Options().Addr, err)
		}
		return nil
	})
	slices.Sort(warnings)
	return warnings, err
}

func checkNode(ctx context.Context, node redis.Cmdable) (warnings []string, err error) {
	// A server that is loading, or wants a password, answers PING with that;
	// what refuses CONFIG or INFO alone after it is a managed service.
	if err := node.Ping(ctx).Err(); err != nil {
		return nil, fmt.Errorf("reach Redis: %w", err)
	}
	policy, err := setting(ctx, node, "maxmemory-policy", "memory", "maxmemory_policy")
	if err != nil {
		return nil, err
	}
	aof, err := setting(ctx, node, "appendonly", "persistence", "aof_enabled")
	if err != nil {
		return nil, err
	}
	switch policy {
	case "noeviction":
	case "":
		warnings = append(warnings, "Redis does not say its maxmemory-policy: make sure that it is noeviction")
	default:
		return nil, fmt.Errorf("maxmemory-policy %s drops stock records when memory is short: set it to noeviction", policy)
	}
	switch aof {
	case "yes", "1":
	case "":
		warnings = append(warnings, "Redis does not say whether appendonly is on: without it a crash loses reservations")
	default:
		warnings = append(warnings, "Redis runs with appendonly off: a crash loses every reservation since its last snapshot")
	}
	return warnings, nil
}

// setting asks CONFIG, which managed services refuse, then INFO. It returns ""
// if the server refuses both, and an error only if it can't be reached.
func setting(ctx context.Context, node redis.Cmdable, name, section, field string) (string, error) {
	values, err := node.ConfigGet(ctx, name).Result()
	if err == nil && values[name] != "" {
		return values[name], nil
	}
	if unreachable(err) {
		return "", fmt.Errorf("read Redis' %s: %w", name, err)
	}
	info, err := node.Info(ctx, section).Result()
	if unreachable(err) {
		return "", fmt.Errorf("read Redis' %s: %w", name, err)
	}
	for line := range strings.Lines(info) {
		if value, found := strings.CutPrefix(strings.TrimSpace(line), field+":"); found {
			return value, nil
		}
	}
	return "", nil
}

// unreachable tells a server that doesn't answer from one that refuses.
func unreachable(err error) bool {
	var refusal redis.Error
	return err != nil && !errors.As(err, &refusal)
}
