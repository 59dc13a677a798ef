package main

import (
	"context"
	"fmt"

	"go.temporal.io/api/workflowservice/v1"

	"makegood/bench"
)

// versions asks Temporal and Redis for theirs.
func (s *benchStack) versions(ctx context.Context) (map[string]string, error) {
	c := s.connections
	versions := map[string]string{"makegood": version}
	cluster, err := c.temporal.WorkflowService().GetClusterInfo(ctx, &workflowservice.GetClusterInfoRequest{})
	if err == nil { // Temporal Cloud doesn't say
		versions["Temporal"] = fmt.Sprintf("%s on %s", cluster.GetServerVersion(), cluster.GetPersistenceStore())
	}
	server, err := bench.RedisInfo(ctx, c.redis, "server")
	if err != nil {
		return nil, fmt.Errorf("REDIS_URL: %w", err)
	}
	versions["Redis"] = server["redis_version"]
	return versions, nil
}
