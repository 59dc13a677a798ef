package servers_test

import (
	"context"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"makegood/servers"
)

func TestRabbitMQ(t *testing.T) {
	needs(t, "rabbitmq")
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	defer cancel()
	dir := t.TempDir()
	server, err := servers.RabbitMQ(ctx, servers.Options{Dir: dir})
	require.NoError(t, err)
	defer func() { require.NoError(t, server.Stop()) }()

	t.Run("keeps virtual hosts apart", func(t *testing.T) {
		one, err := server.AddVhost(ctx, "one of many")
		require.NoError(t, err)
		other, err := server.AddVhost(ctx, `other" /é`)
		require.NoError(t, err)

		require.NoError(t, declare(one, false))
		require.NoError(t, declare(one, true))
		require.ErrorContains(t, declare(other, true), "NOT_FOUND")
		again, err := server.AddVhost(ctx, "one of many")
		require.NoError(t, err)
		require.Equal(t, one, again)
		require.NoError(t, declare(one, true))
	})
	t.Run("keeps durable queues and its port over a crash", func(t *testing.T) {
		require.NoError(t, declare(server.URL, false))
		require.NoError(t, server.Kill())
		_, err := amqp.Dial(server.URL)
		require.Error(t, err)
		require.NoError(t, server.Restart(ctx))
		require.NoError(t, declare(server.URL, true))
	})
	t.Run("answers nobody while it is frozen", func(t *testing.T) {
		require.NoError(t, server.Freeze())
		_, err := amqp.DialConfig(server.URL, amqp.Config{Dial: amqp.DefaultDial(300 * time.Millisecond)})
		require.Error(t, err)
		require.NoError(t, server.Thaw())
		require.NoError(t, declare(server.URL, true))
	})
	t.Run("leaves nothing, frozen or not", func(t *testing.T) {
		require.NoError(t, server.Freeze())
		require.NoError(t, server.Stop())
		require.NoDirExists(t, server.Dir)
		require.Eventually(t, func() bool { return len(processesOf(t, dir)) == 0 }, 20*time.Second, 20*time.Millisecond)
	})
}

// declare makes a quorum queue, or with passive set asks whether it is there.
func declare(url string, passive bool) error {
	conn, err := amqp.Dial(url)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	channel, err := conn.Channel()
	if err != nil {
		return err
	}
	if passive {
		_, err = channel.QueueDeclarePassive("parcels", true, false, false, false, nil)
	} else {
		_, err = channel.QueueDeclare("parcels", true, false, false, false, amqp.Table{"x-queue-type": "quorum"})
	}
	return err
}
