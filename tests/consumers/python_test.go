package consumers_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"makegood/api"
	"makegood/events"
	"makegood/events/rabbitmq"
	"makegood/tests/harness"
)

const takings = examples + "/takings.py"

// python is an interpreter that has what the example needs. Debian's packages
// are for Debian's own, which need not be the first on PATH.
func python(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(name, "-c", "import pika, jsonschema").Run() == nil {
			return name
		}
	}
	t.Skip("no python3 with pika and jsonschema: install them (Debian: apt-get install python3-pika python3-jsonschema)")
	return ""
}

func TestThePythonConsumerBooksEachEventOnce(t *testing.T) {
	interpreter := python(t)
	url, publisher := vhost(t)
	var asked atomic.Int32
	schemas := gateway(t, func() bool { return asked.Add(1) <= 2 })
	database := filepath.Join(t.TempDir(), "takings.db")
	env := []string{"AMQP_URL=" + url, "DATABASE=" + database, "SCHEMAS_URL=" + schemas, "RETRY_MS=200"}
	consumer := start(t, env, interpreter, takings)
	harness.Holds(t, "its queue", func() bool { return consumer.count("consuming") == 1 })
	// The handled events, and what they come to: a charge and its refund are 0.
	handled, cents := 0, 0
	publish := func(batch string) {
		for i := range 20 {
			ships, not := shipped(t, fmt.Sprintf("ord_%s_ships_%d", batch, i)), soldOut(t, fmt.Sprintf("ord_%s_not_%d", batch, i))
			for range 2 {
				again(t, publisher, ships)
				again(t, publisher, not)
			}
			handled, cents = handled+3, cents+2500
		}
	}
	publish("a")
	require.NoError(t, consumer.Process.Kill()) // with what it has not acknowledged
	consumer = start(t, env, interpreter, takings)
	publish("b")
	all := func() bool { return books(interpreter, database) == fmt.Sprint(handled, cents) }
	harness.Holds(t, "two batches", all)
	require.Greater(t, int(asked.Load()), 2, "no attempt had to be made again")

	require.NoError(t, broker.Kill())
	harness.Holds(t, "word of the outage", func() bool { return consumer.count("the broker is away") > 0 })
	require.NoError(t, broker.Restart(t.Context()))
	publish("c")
	harness.Holds(t, "the third batch", all)
	harness.Holds(t, "empty queues", func() bool { return depth(url, "takings") == 0 && depth(url, "takings.retry") == 0 })
	require.Equal(t, fmt.Sprint(handled, cents), books(interpreter, database), "a repeat was booked")
	require.Equal(t, 0, depth(url, "takings.dead"))
}

func TestThePythonConsumerPutsAsideWhatItCannotRead(t *testing.T) {
	interpreter := python(t)
	url, publisher := vhost(t)
	database := filepath.Join(t.TempDir(), "takings.db")
	schemas := gateway(t, func() bool { return false })
	consumer := start(t, []string{"AMQP_URL=" + url, "DATABASE=" + database, "SCHEMAS_URL=" + schemas}, interpreter, takings)
	harness.Holds(t, "its queue", func() bool { return consumer.count("consuming") == 1 })
	charged := string(shipped(t, "ord_1")[1].Body)
	bodies := map[string]string{
		"JSONDecodeError":                charged[1:],
		"payment.charged of version 2":   strings.Replace(charged, "payment.charged/1", "payment.charged/2", 1),
		"'total' is a required property": strings.Replace(charged, `"total"`, `"sum"`, 1),
		"KeyError('payment')":            strings.Replace(charged, `"payment"`, `"paid"`, 1),
	}
	conn, err := amqp.Dial(url)
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	ch, err := conn.Channel()
	require.NoError(t, err)
	for _, body := range bodies {
		require.NoError(t, ch.PublishWithContext(t.Context(), rabbitmq.Exchange, "payment.charged", true, false, amqp.Publishing{Body: []byte(body)}))
	}
	harness.Holds(t, "dead letters", func() bool { return depth(url, "takings.dead") == len(bodies) })
	var reasons []string
	for range bodies {
		d, _, err := ch.Get("takings.dead", true)
		require.NoError(t, err)
		reasons = append(reasons, fmt.Sprint(d.Headers["takings-error"]))
	}
	for reason := range bodies {
		require.Contains(t, strings.Join(reasons, "\n"), reason)
	}
	again(t, publisher, shipped(t, "ord_2"))
	harness.Holds(t, "a sound event after them", func() bool { return books(interpreter, database) == "1 2500" })
}

// While nobody consumes, its queue is full, and makegood publishes as ever.
func TestThePythonConsumersFullQueueHarmsNobody(t *testing.T) {
	interpreter := python(t)
	url, publisher := vhost(t)
	const length = 10
	consumer := start(t, []string{"AMQP_URL=" + url, "DATABASE=" + filepath.Join(t.TempDir(), "takings.db"), fmt.Sprintf("QUEUE_LENGTH=%d", length)}, interpreter, takings)
	harness.Holds(t, "its queue", func() bool { return consumer.count("consuming") == 1 })
	require.NoError(t, consumer.Process.Kill())
	_ = consumer.Wait()
	for i := range 5 * length {
		require.NoError(t, publisher.Publish(t.Context(), shipped(t, fmt.Sprintf("ord_%d", i))))
	}
	harness.Holds(t, "a full queue", func() bool { return depth(url, "takings") == length })
	harness.Holds(t, "full dead letters", func() bool { return depth(url, "takings.dead") == length })
}

// again publishes until it is confirmed, as the saga does.
func again(t *testing.T, p events.Publisher, list []events.Event) {
	t.Helper()
	harness.Holds(t, "a confirm", func() bool { return p.Publish(t.Context(), list) == nil })
}

// gateway is makegood's own, of which only the schemas are asked; it is down
// for as long as down says.
func gateway(t *testing.T, down func() bool) string {
	t.Helper()
	handler, err := api.New(nil, nil, nil, api.Config{Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if down() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// books is how many events the consumer has booked, and what they come to.
func books(interpreter, database string) string {
	out, err := exec.Command(interpreter, "-c", `import sqlite3, sys
db = sqlite3.connect(sys.argv[1], timeout=10)
print(*db.execute("SELECT (SELECT count(*) FROM handled), amount FROM takings").fetchone())`, database).Output()
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(out))
}
