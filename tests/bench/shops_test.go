package bench_test

import (
	"os"
	"strings"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"makegood/bench"
)

func TestServersOfTheEnvironment(t *testing.T) {
	environmentOf := startServers(t, "growth", "overload", "scale")

	t.Run("growth", func(t *testing.T) {
		var report bench.GrowthReport
		benchmark(t, &report, environmentOf("growth"), "growth", "--servers", "--orders", "100", "--concurrency", "4")
		require.Equal(t, 100, report.Orders)
		require.Len(t, report.Tenths, 10)
		for _, tenth := range report.Tenths {
			require.Positive(t, tenth.PerSecond)
			require.Positive(t, tenth.NoopPerSecond)
			require.Positive(t, tenth.GetMs)
			require.Positive(t, tenth.ListMs)
			require.Positive(t, tenth.Memory["serve"])
		}
		require.Len(t, report.Goals, 2)
	})

	t.Run("a namespace in which a worker takes orders is refused", func(t *testing.T) {
		_, told, err := runBench(t, environmentOf("growth"), "growth", "--servers", "--orders", "100")
		require.Error(t, err)
		require.Contains(t, told, "TEMPORAL_NAMESPACE: a worker takes orders in growth, or did a minute ago; name a namespace that nobody uses")
	})

	t.Run("a virtual host that makegood has used is refused", func(t *testing.T) {
		environment := environmentOf("scale")
		conn, err := amqp.Dial(strings.TrimPrefix(environment[3], "AMQP_URL="))
		require.NoError(t, err)
		defer func() { require.NoError(t, conn.Close()) }()
		ch, err := conn.Channel()
		require.NoError(t, err)
		require.NoError(t, ch.ExchangeDeclare("makegood.events", amqp.ExchangeTopic, true, false, false, false, nil))
		_, told, err := runBench(t, environment, "--servers")
		require.Error(t, err)
		require.Contains(t, told, "AMQP_URL: its virtual host has an exchange makegood.events already: name one that makegood has never used")
		require.NoError(t, ch.ExchangeDelete("makegood.events", false, false))
	})

	t.Run("overload", func(t *testing.T) {
		var report bench.OverloadReport
		benchmark(t, &report, environmentOf("overload"), "overload", "--servers", "--times", "20", "--time", "2s")
		require.Positive(t, report.Sustained)
		require.Greater(t, report.Asked, report.Sustained)
		require.Positive(t, report.Accepted.Count)
		require.Positive(t, report.Refused.Count)
		require.Zero(t, report.WithoutRetryAfter)
		require.Empty(t, report.Failed)
		require.Zero(t, report.Lost)
		require.Zero(t, report.RefusedButBegun)
	})

	t.Run("scale", func(t *testing.T) {
		if os.Getenv("MAKEGOOD_LONG") == "" {
			t.Skip("starts makegood twelve times: MAKEGOOD_LONG=1")
		}
		var report bench.ScaleReport
		benchmark(t, &report, environmentOf("scale"), "scale", "--servers", "--time", "3s", "--concurrency", "8")
		require.Len(t, report.Rows, 4)
		for _, row := range report.Rows {
			require.Positive(t, row.PerSecond, row.Name)
			require.Len(t, row.Each, 3, row.Name)
		}
		require.Contains(t, report.Rows[3].CPUMs, "worker")
	})
}
