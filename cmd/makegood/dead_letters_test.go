package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"makegood/events"
	"makegood/events/deadletters"
	"makegood/order"
)

// openLetters opens a gateway with an index of dead letters, and the commands
// that ask it over HTTP.
func openLetters(t *testing.T) (*deadletters.Index, func(args ...string) said) {
	t.Helper()
	address := miniredis.RunT(t).Addr()
	s := openShelf(t, address, nil)
	pool := redis.NewClient(&redis.Options{Addr: address})
	t.Cleanup(func() { _ = pool.Close() })
	return deadletters.New(pool, deadletters.Config{Namespace: "test", Log: slog.New(slog.DiscardHandler)}), func(args ...string) said {
		var cli operator
		out, log := new(bytes.Buffer), new(bytes.Buffer)
		parser, err := kong.New(&cli, kong.Name("makegood"), kong.Writers(out, log),
			kong.BindTo(t.Context(), (*context.Context)(nil)), kong.Exit(func(int) {}))
		require.NoError(t, err)
		command, err := parser.Parse(append([]string{"dead-letters", "--api-url", s.url}, args...))
		if err == nil {
			err = command.Run()
		}
		return said{out.String(), log.String(), err}
	}
}

// The commands speak to the real gateway over HTTP; each line goes on from what
// the one before it left.
func TestDeadLetterCommands(t *testing.T) {
	index, run := openLetters(t)
	at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	const letters = 105
	for i := range letters {
		made, err := events.Of(order.Order{ID: order.ID(fmt.Sprintf("ord_%d", i))}, []order.Entry{{Sequence: 1, Type: order.EventPlaced, At: at}})
		require.NoError(t, err)
		require.NoError(t, index.Add(t.Context(), events.DeadLetter{Consumer: "email", Body: made[0].Body, Failures: events.Failures{
			Attempts: 1, First: "550 no", Last: "550 no", FirstAt: at, LastAt: at, DeadReason: events.DeadPermanent,
		}}))
	}
	one, other := "email."+events.ID("ord_0", 1), "email."+events.ID("ord_1", 1)
	for _, test := range []struct {
		name  string
		args  []string
		lines int // printed, or none to compare all of it
		want  string
	}{
		{"a list has 20", []string{"list"}, 21, "LETTER "},
		{"a list of all", []string{"list", "--all"}, letters + 1, one},
		{"a list of an order", []string{"list", "--order", "ord_1", "--json"}, 1, `{"id":"` + other + `","consumer":"email","state":"dead","order_id":"ord_1"`},
		{"a letter with its errors", []string{"show", one}, 0, "550 no"},
		{"a letter with its event", []string{"show", one, "--json"}, 1, `"event":{`},
		{"a letter that isn't there", []string{"show", "email.x"}, 0, "there is no such dead letter (not_found, HTTP 404)"},
		{"a discard", []string{"discard", one, "--by", "ada", "--reason", "told by phone"}, 1, one + "  discarded\n"},
		{"who discarded it is shown", []string{"show", one}, 0, "by ada: told by phone"},
		{"a redrive of a discarded one", []string{"redrive", one}, 0, "already_discarded, HTTP 409"},
		{"a redrive of one", []string{"redrive", other}, 1, other + "  redriving\n"},
		{"a redrive by filter", []string{"redrive", "--order", "ord_2", "--json"}, 1, `{"count":1}` + "\n"},
		{"a redrive of all the others", []string{"redrive", "--all"}, 1, fmt.Sprintf("%d dead letters are redriving\n", letters-3)},
		{"a list by state", []string{"list", "--state", "discarded"}, 2, one},
		{"a limit of none", []string{"list", "--limit=0"}, 0, "--limit must be at least 1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := run(test.args...)
			if got.err != nil {
				require.ErrorContains(t, got.err, test.want)
				return
			}
			require.Contains(t, got.out, test.want)
			if test.lines > 0 {
				require.Equal(t, test.lines, strings.Count(got.out, "\n"))
			}
		})
	}
	require.Contains(t, run("list").log, "there are more")
}

func TestDeadLettersOfAnyLengthStandInColumns(t *testing.T) {
	index, run := openLetters(t)
	at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	made, err := events.Of(order.Order{ID: order.IDFromKey("k")}, []order.Entry{{Sequence: 1, Type: order.EventNeedsAttention, At: at}})
	require.NoError(t, err)
	for _, body := range [][]byte{made[0].Body, []byte("no event")} {
		for _, consumer := range []string{"email", "webhook"} {
			require.NoError(t, index.Add(t.Context(), events.DeadLetter{Consumer: consumer, Body: body, Failures: events.Failures{
				Attempts: 1, First: "550 no", Last: "550 no", FirstAt: at, LastAt: at, DeadReason: events.DeadDeliveryLimit,
			}}))
		}
	}
	out := run("list").out
	lines := strings.Split(strings.TrimSpace(out), "\n")
	require.Len(t, lines, 5)
	for _, line := range lines[1:] {
		require.Equal(t, strings.Index(lines[0], "STATE"), strings.Index(line, "dead "), out)
		require.Equal(t, strings.Index(lines[0], "LAST FAILED"), strings.Index(line, "2026-03-01"), out)
	}
}
