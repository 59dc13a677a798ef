package notify_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"makegood/servers"
	"makegood/tests/harness"
)

// smtpLag makes a mail take its time, so that each strike finds some under way,
// and some that were accepted and are not marked yet.
const smtpLag = 60 * time.Millisecond

// One notifier is killed again and again; then it is frozen beside another, for
// a moment or until that one has taken over what it held.
func TestMailOutlivesStrikesOnItsNotifier(t *testing.T) {
	t.Parallel()
	kills, blinks, sleeps := 3, 1, 1
	if long {
		kills, blinks, sleeps = 20, 5, 5
	}
	port, err := servers.FreePort(0)
	require.NoError(t, err)
	mailbox := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	wire := harness.NewLink(t, "smtp", mailbox)
	require.NoError(t, wire.Slow(smtpLag))
	s := harness.New(t, harness.Apart(), harness.OwnRabbitMQ(), harness.Setting("LOG_LEVEL", "info"),
		harness.Setting("SIMULATORS_SMTP_ADDR", mailbox), harness.Setting("SMTP_URL", "smtp://"+wire.Address))
	box := newInboxReader(t, s)
	tr := newTrade(t, s)

	var strikes []strike
	for range kills {
		box.busy(t)
		one := strike{at: time.Now()}
		require.NoError(t, s.Notifier.Kill())
		one.found = box.read(t)
		one.over = time.Now()
		require.NoError(t, s.Notifier.Restart(t.Context()))
		strikes = append(strikes, one)
		tr.more(t, 5)
	}
	other := s.AddNotifier(t)
	other.Set("MAIL_FROM", "second@makegood.example") // the same domain, so the same Message-ID
	require.NoError(t, other.Start(t.Context()))
	for i := range blinks + sleeps {
		box.busy(t)
		one := strike{at: time.Now(), frozen: true}
		require.NoError(t, s.Notifier.Freeze())
		one.found = box.read(t)
		if i < sleeps {
			box.takenOver(t, one.found)
		} else {
			tr.more(t, 10)
		}
		one.left = box.read(t)
		one.over = time.Now()
		require.NoError(t, s.Notifier.Thaw())
		strikes = append(strikes, one)
		tr.more(t, 10)
	}
	sales := tr.stop(t)

	s.RequireSound(t)
	copies := allMailed(t, s, s.RabbitMQ, sales)
	repeats, open := 0, 0
	for _, one := range strikes {
		open += len(one.found.leased())
	}
	for id, of := range copies {
		repeats += len(of) - 1
		require.NoError(t, justified(id, of, strikes))
	}
	t.Logf("%d kills and %d freezes found %d mails under way; of %d mails %d came again, each under its Message-ID", kills, blinks+sleeps, open, len(copies), repeats)
}

// strike is a moment at which the notifier was killed or frozen.
type strike struct {
	at, over time.Time // over is just before it was started or thawed
	frozen   bool
	// found is the inbox as the strike left it; left is that at the end of a
	// freeze, when another notifier may have taken over.
	found, left records
}

// justified tells why a mail may not have come as often as it did. Every copy
// after the first needs a strike of its own, which found the mail begun and not
// marked, with the copy before it accepted from the process that was struck and
// the next one sent afterwards.
func justified(id string, copies []harness.Mail, strikes []strike) error {
	const first = "orders@makegood.example"
	for _, s := range strikes {
		for _, m := range copies {
			switch late := m.ReceivedAt.After(s.over); {
			case late && s.found[id] == done:
				return fmt.Errorf("%s was marked when the notifier was struck at %s, and came again at %s", id, s.at, m.ReceivedAt)
			case late && s.frozen && m.From == first && s.found[id] != "" && s.left[id] != s.found[id]:
				return fmt.Errorf("%s was taken over, and then sent at %s by the notifier that had been frozen from %s to %s", id, m.ReceivedAt, s.at, s.over)
			}
		}
	}
	next := 0
	for i := 1; i < len(copies); i++ {
		before, again := copies[i-1], copies[i]
		if before.MessageID != again.MessageID {
			return fmt.Errorf("%s and %s are of one event", before.MessageID, again.MessageID)
		}
		for next < len(strikes) && !strikes[next].explains(id, before, again) {
			next++
		}
		if next++; next > len(strikes) || before.From != first {
			return fmt.Errorf("%s was accepted at %s and again at %s, and no strike had come between", id, before.ReceivedAt, again.ReceivedAt)
		}
	}
	return nil
}

func (s strike) explains(id string, before, again harness.Mail) bool {
	held := s.found[id] != "" && s.found[id] != done
	return held && before.ReceivedAt.Before(s.over) && again.ReceivedAt.After(s.at)
}

// records are the notifier's inbox, by event id: done, or the token of a lease.
type records map[string]string

const done = "done"

func (r records) leased() records {
	leased := maps.Clone(r)
	maps.DeleteFunc(leased, func(_, record string) bool { return record == done })
	return leased
}

// inboxReader reads what notifiers keep in Redis.
type inboxReader struct {
	client *redis.Client
	prefix string
}

func newInboxReader(t *testing.T, s *harness.System) inboxReader {
	t.Helper()
	options, err := redis.ParseURL(s.RedisURL())
	require.NoError(t, err)
	client := redis.NewClient(options)
	t.Cleanup(func() { _ = client.Close() })
	return inboxReader{client, "inbox:" + s.Namespace + ":email:"}
}

func (b inboxReader) read(t *testing.T) records {
	t.Helper()
	all := records{}
	keys := b.client.Scan(t.Context(), 0, b.prefix+"*", 1000).Iterator()
	for keys.Next(t.Context()) {
		record, err := b.client.Get(t.Context(), keys.Val()).Result()
		if errors.Is(err, redis.Nil) {
			continue // released meanwhile
		}
		require.NoError(t, err)
		_, token, leased := strings.Cut(record, " ") // the end of the lease, which is renewed, is before it
		if !leased {
			token = record
		}
		all[strings.TrimPrefix(keys.Val(), b.prefix)] = token
	}
	require.NoError(t, keys.Err())
	return all
}

// busy waits until some mail is under way.
func (b inboxReader) busy(t *testing.T) {
	t.Helper()
	old := b.read(t).leased()
	require.NoError(t, harness.Await(t.Context(), 5*time.Minute, func(context.Context) error {
		for id, token := range b.read(t).leased() {
			if old[id] != token {
				return nil
			}
		}
		return errors.New("no mail is under way")
	}))
}

// takenOver waits until whatever was leased then is another's, or done: the
// leases of a frozen process have to end first.
func (b inboxReader) takenOver(t *testing.T, then records) {
	t.Helper()
	require.NoError(t, harness.Await(t.Context(), 5*time.Minute, func(context.Context) error {
		now := b.read(t)
		for id, token := range then.leased() {
			if now[id] == token {
				return fmt.Errorf("nobody else has taken %s", id)
			}
		}
		return nil
	}))
}
