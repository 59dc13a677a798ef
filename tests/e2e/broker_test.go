package e2e_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"makegood/events"
	"makegood/events/rabbitmq"
	"makegood/order"
	"makegood/tests/harness"
)

// The broker then refuses our publish, and gives copies to the other queues.
func TestAForeignQueueThatIsFullDelaysNoOrder(t *testing.T) {
	t.Parallel()
	s := harness.New(t)
	ch := amqpChannel(t, s)
	_, err := ch.QueueDeclare("foreign", true, false, false, false, amqp.Table{"x-max-length": 0, "x-overflow": "reject-publish"})
	require.NoError(t, err)
	require.NoError(t, ch.QueueBind("foreign", string(order.EventCharged), rabbitmq.Exchange, false, nil))
	_, err = s.API.SetStock(t.Context(), "MUG-BLUE", 10, "", "")
	require.NoError(t, err)

	a := post(t, s, harness.Sample(), "", 10)
	require.Equal(t, http.StatusOK, a.status, a.body)
	require.Equal(t, order.Completed, a.statusOf(t))
	harness.Eventually(t, func(ctx context.Context) error { // the refused event alone is late
		books, err := s.Books(ctx)
		if err == nil && len(books.Of(a.id(t)).Mails) != 1 {
			err = fmt.Errorf("mails: %v", books.Mails)
		}
		return err
	})
	harness.Eventually(t, func(ctx context.Context) error {
		said, err := s.Temporal.DescribeWorkflowExecution(ctx, string(a.id(t)), "")
		if err != nil {
			return err
		}
		for _, waiting := range said.GetPendingActivities() {
			pause := waiting.GetNextAttemptScheduleTime().AsTime().Sub(waiting.GetLastAttemptCompleteTime().AsTime())
			if waiting.GetLastFailure().GetApplicationFailureInfo().GetType() == "EventsRefused" && pause >= 30*time.Second {
				return nil
			}
		}
		return fmt.Errorf("waits for no other attempt: %v", said.GetPendingActivities())
	})
	require.Contains(t, s.Worker.Log(), "the broker refuses events")
	require.NotContains(t, s.Worker.Log(), "the broker is down")
	said, err := s.Worker.Readiness(t.Context())
	require.NoError(t, err)
	require.Equal(t, "ready", said.Status)
	require.Regexp(t, `makegood_events_published_total\{result="refused"\} [1-9]`, metrics(t, s.Worker))
	require.Contains(t, metrics(t, s.Worker), "makegood_events_broker_down 0")
}

func TestAQueueThatExistsOtherwiseStopsTheStart(t *testing.T) {
	t.Parallel()
	s := harness.New(t)
	ch := amqpChannel(t, s)
	for queue, role := range map[string]string{"makegood.email": "notifier", rabbitmq.Audit: "worker"} {
		_, err := ch.QueueDelete(queue, false, false, false)
		require.NoError(t, err)
		_, err = ch.QueueDeclare(queue, true, false, false, false, nil)
		require.NoError(t, err)
		_, stderr, code := makegood(t, "AMQP_URL="+s.AMQPURL(), role)
		require.Equal(t, 1, code, stderr)
		lines := strings.Split(strings.TrimSpace(stderr), "\n")
		last := lines[len(lines)-1]
		require.Contains(t, last, "AMQP_URL: topology: queue "+queue+" exists with other arguments")
		vhost := s.AMQPURL()[strings.LastIndex(s.AMQPURL(), "/")+1:]
		require.Contains(t, last, "rabbitmqctl -p "+vhost+" delete_queue "+queue)
		_, err = ch.QueueDelete(queue, false, false, false)
		require.NoError(t, err)
	}
}

func TestTheTailTellsAnOrdersEvents(t *testing.T) {
	t.Parallel()
	s := harness.New(t)
	_, err := s.API.SetStock(t.Context(), "MUG-BLUE", 10, "", "")
	require.NoError(t, err)
	other, mine := post(t, s, harness.Sample(), "", 10), post(t, s, harness.Sample(), "", 10)
	require.NotEqual(t, other.id(t), mine.id(t))

	cmd := exec.Command(harness.Binary(t), "events", "tail", "--order", string(mine.id(t)), "--since", "1h", "--json")
	cmd.Env = []string{"HOME=" + t.TempDir(), "AMQP_URL=" + s.AMQPURL()}
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	lines := bufio.NewScanner(out)
	for i := range 5 {
		require.True(t, lines.Scan(), lines.Err())
		e, err := events.Decode(lines.Bytes())
		require.NoError(t, err)
		require.Equal(t, mine.id(t), e.Subject)
		require.Equal(t, i+1, e.Sequence)
	}
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	rest, err := io.ReadAll(out)
	require.NoError(t, err)
	require.Empty(t, rest)
	require.NoError(t, cmd.Wait(), "Ctrl-C is no failure")
}

// amqpChannel is somebody else's, on the system's virtual host.
func amqpChannel(t *testing.T, s *harness.System) *amqp.Channel {
	t.Helper()
	conn, err := amqp.Dial(s.AMQPURL())
	require.NoError(t, err)
	t.Cleanup(func() {
		if err := conn.Close(); !errors.Is(err, amqp.ErrClosed) {
			require.NoError(t, err)
		}
	})
	ch, err := conn.Channel()
	require.NoError(t, err)
	return ch
}

func metrics(t *testing.T, r *harness.Role) string {
	t.Helper()
	answer, err := http.Get("http://" + r.Address + "/metrics")
	require.NoError(t, err)
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return string(text)
}
