package main

import (
	"context"
	"fmt"
	"strings"

	"go.temporal.io/api/workflowservice/v1"
)

// versions asks Temporal and Redis for theirs.
func (s *benchStack) versions(ctx context.Context) (map[string]string, error) {
	c := s.connections
	versions := map[string]string{"makegood": version}
	cluster, err := c.temporal.WorkflowService().GetClusterInfo(ctx, &workflowservice.GetClusterInfoRequest{})
	if err == nil { // Temporal Cloud doesn't say
		versions["Temporal"] = fmt.Sprintf("%s on %s", cluster.GetServerVersion(), cluster.GetPersistenceStore())
	}
	said, err := c.redis.Info(ctx, "server").Result()
	if err != nil {
		return nil, fmt.Errorf("REDIS_URL: %w", err)
	}
	for line := range strings.Lines(said) {
		if value, found := strings.CutPrefix(line, "redis_version:"); found {
			versions["Redis"] = strings.TrimSpace(value)
		}
	}
	return versions, nil
}
