package main

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAShellTakesWhatDevPrintsForIt(t *testing.T) {
	tests := []struct {
		name string
		set  Settings
		want string
	}{
		{
			"with a broker", Settings{RedisURL: "redis://127.0.0.1:6390/0", EventTransport: "rabbitmq", AMQPURL: "amqp://guest:guest@127.0.0.1:5690/"},
			"http://127.0.0.1:8081 127.0.0.1:8081 127.0.0.1:7233 redis://127.0.0.1:6390/0 rabbitmq amqp://guest:guest@127.0.0.1:5690/",
		},
		{
			"without one", Settings{RedisURL: "redis://127.0.0.1:6390/0", EventTransport: "redis"},
			"http://127.0.0.1:8081 127.0.0.1:8081 127.0.0.1:7233 redis://127.0.0.1:6390/0 redis",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			lines := forShell(&test.set, "127.0.0.1:8081", "127.0.0.1:7233", "/bin/echo")
			shell := exec.Command("sh", "-c", lines+"temporal $API_URL $HTTP_ADDR $TEMPORAL_ADDRESS $REDIS_URL $EVENT_TRANSPORT $AMQP_URL")
			shell.Env = []string{"PATH=/usr/bin:/bin", "POSIXLY_CORRECT=1"} // bash expands no alias in a script otherwise
			printed, err := shell.CombinedOutput()
			require.NoError(t, err, string(printed))
			require.Equal(t, test.want, strings.TrimSpace(string(printed)))
		})
	}
}
