package bench

import (
	"time"

	"github.com/redis/go-redis/v9"
	"go.temporal.io/sdk/client"

	"makegood/activities"
)

// World is the running system that orders are measured on. Nobody else uses it
// meanwhile.
type World struct {
	// Temporal is the server, and the namespace in which the roles work.
	Temporal client.Client
	Redis    redis.UniversalClient
	// API is the gateway's base URL.
	API string
	// Roles are the base URLs of all of makegood's processes; each has /metrics.
	Roles []string
	// Processes are those whose cost is told: servers, roles and this one.
	Processes []Process
	// Activities are makegood's own, for the usual saga.
	Activities *activities.Activities
	// Backlog is how many messages wait in the queues of makegood's consumers;
	// nil if nobody can tell.
	Backlog func() (int64, error)
	// Versions of the servers, by name.
	Versions map[string]string
}

// Process is one whose cost is told.
type Process struct {
	Name string
	// Usage is the CPU time that it has used so far, and the bytes of memory
	// that it has now.
	Usage func() (cpu time.Duration, memory int64, err error)
}
