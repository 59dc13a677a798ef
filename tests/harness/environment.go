package harness

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/servers"
)

// link makes the links, and the environment that leads the roles over them.
func (s *System) link(t testing.TB, p plan) {
	t.Helper()
	simulators, smtp := freeAddress(t), freeAddress(t)
	s.smtp = smtp
	s.ToTemporal = NewLink(t, "temporal", s.servers.temporal)
	s.ToRedis = NewLink(t, "redis", s.servers.redis)
	s.ToRabbitMQ = NewLink(t, "rabbitmq", s.servers.rabbitmq)
	s.ToSimulators = NewLink(t, "simulators", simulators)
	settings := map[string]string{
		"TEMPORAL_ADDRESS": s.ToTemporal.Address, "TEMPORAL_NAMESPACE": s.Namespace,
		"REDIS_URL":      "redis://" + s.ToRedis.Address + "/0",
		"AMQP_URL":       strings.Replace(s.servers.amqpURL, s.servers.rabbitmq, s.ToRabbitMQ.Address, 1),
		"STRIPE_API_KEY": "sk_test_harness",
		"STRIPE_URL":     "http://" + s.ToSimulators.Address + "/stripe",
		"CARRIER_URL":    "http://" + s.ToSimulators.Address + "/carrier",
		"SMTP_URL":       "smtp://" + smtp,
		"LOG_FORMAT":     "text", "LOG_LEVEL": "debug",
		"SIMULATORS_ADDR": simulators, "SIMULATORS_SMTP_ADDR": smtp, "SIMULATORS_DIR": filepath.Join(s.dir, "ledgers"),
		// The role finds nothing of whoever runs the tests.
		"HOME": s.dir, "PATH": "/nowhere",
	}
	if s.RedisCluster != nil {
		settings["REDIS_URL"] = s.RedisCluster.URL
	}
	if s.RabbitMQCluster != nil {
		settings["AMQP_URL"] = s.RabbitMQCluster.URL
	}
	for name, value := range p.env {
		settings[name] = value
	}
	for name, value := range settings {
		s.env = append(s.env, name+"="+value)
	}
}

func freeAddress(t testing.TB) string {
	t.Helper()
	port, err := servers.FreePort(0)
	require.NoError(t, err)
	return fmt.Sprintf("127.0.0.1:%d", port)
}

func setting(env []string, name string) string {
	for _, variable := range env {
		if value, ok := strings.CutPrefix(variable, name+"="); ok {
			return value
		}
	}
	return ""
}
