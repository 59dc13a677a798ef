package main

import (
	"fmt"
	"strings"
)

// forShell are the lines that a shell needs for the commands which ask the roles
// and servers of dev: most ports are other ones each time. Gateway and temporal
// are host:port, cli is the path of Temporal's command line.
func forShell(set *Settings, gateway, temporal, cli string) string {
	variables := []string{
		"API_URL=http://" + gateway, "HTTP_ADDR=" + gateway,
		"TEMPORAL_ADDRESS=" + temporal, "REDIS_URL=" + string(set.RedisURL), "EVENT_TRANSPORT=" + string(set.EventTransport),
	}
	if set.AMQPURL != "" {
		variables = append(variables, "AMQP_URL="+string(set.AMQPURL))
	}
	return fmt.Sprintf("export %s\nalias temporal='%s'\n", strings.Join(variables, " "), cli)
}
