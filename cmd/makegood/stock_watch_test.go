package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/require"

	"makegood/api/client"
)

// watched is a watch that runs, and what it has shown so far.
type watched struct {
	testing.TB
	out, log *lines
	stop     context.CancelFunc
	ended    chan error
}

// lines are what was written, one by one.
type lines struct{ text chan string }

func newLines() *lines { return &lines{make(chan string, 1000)} }

func (l *lines) Write(p []byte) (int, error) {
	for line := range strings.Lines(string(p)) {
		l.text <- strings.TrimSuffix(line, "\n")
	}
	return len(p), nil
}

func (w *watched) next(from *lines) string {
	w.Helper()
	select {
	case line := <-from.text:
		return line
	case err := <-w.ended:
		w.Fatalf("the watch ended: %v", err)
	case <-time.After(20 * time.Second):
		w.Fatal("nothing was shown")
	}
	return ""
}

func (s *shelf) watch(args ...string) *watched {
	s.Helper()
	ctx, stop := context.WithCancel(context.Background())
	w := &watched{TB: s.TB, out: newLines(), log: newLines(), stop: stop, ended: make(chan error, 1)}
	parser, err := kong.New(new(operator), kong.Name("makegood"), kong.Writers(w.out, w.log), kong.BindTo(ctx, (*context.Context)(nil)))
	require.NoError(s, err)
	command, err := parser.Parse(append([]string{"stock", "--api-url", s.url, "watch", "--interval", "100ms"}, args...))
	require.NoError(s, err)
	go func() { w.ended <- command.Run() }()
	s.Cleanup(stop)
	return w
}

// end is Ctrl-C.
func (w *watched) end() {
	w.Helper()
	w.stop()
	select {
	case err := <-w.ended:
		require.NoError(w, err)
	case <-time.After(20 * time.Second):
		w.Fatal("the watch doesn't end")
	}
	require.Empty(w, w.out.text)
	require.Empty(w, w.log.text)
}

func TestAWatchShowsLevelsThatChange(t *testing.T) {
	s := newShelf(t, nil)
	set := func(sku string, onHand int64) {
		t.Helper()
		_, err := s.stock.Set(t.Context(), sku, onHand, fmt.Sprint(sku, onHand), "")
		require.NoError(t, err)
	}
	set("MUG", 3)
	set("POT", 5)
	set("CUP", 7)

	t.Run("of the SKUs that are named, and waits for one that isn't there yet", func(t *testing.T) {
		w := s.watch("MUG", "HAT")
		require.Regexp(t, `^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  MUG +on hand 3  held 0  available 3$`, w.next(w.out))
		require.Equal(t, "HAT was never in stock; waiting for it", w.next(w.log))
		set("POT", 6)
		set("HAT", 1)
		require.Regexp(t, `  HAT +on hand 1  held 0  available 1$`, w.next(w.out))
		set("MUG", 2)
		require.Regexp(t, `  MUG +on hand 2  held 0  available 2$`, w.next(w.out))
		w.end()
	})
	t.Run("of every SKU as JSON", func(t *testing.T) {
		w := s.watch("--json")
		level := func() seenLevel {
			t.Helper()
			var l seenLevel
			require.NoError(t, json.Unmarshal([]byte(w.next(w.out)), &l))
			require.WithinDuration(t, time.Now(), l.Time, time.Minute)
			l.Time = time.Time{}
			return l
		}
		for _, want := range []client.Level{{SKU: "CUP", OnHand: 7, Available: 7}, {SKU: "HAT", OnHand: 1, Available: 1}, {SKU: "MUG", OnHand: 2, Available: 2}, {SKU: "POT", OnHand: 6, Available: 6}} {
			require.Equal(t, seenLevel{Level: want}, level())
		}
		set("NEW", 4)
		require.Equal(t, seenLevel{Level: client.Level{SKU: "NEW", OnHand: 4, Available: 4}}, level())
		w.end()
	})
}

func TestAWatchOutlivesAGatewayWithOneLine(t *testing.T) {
	var down atomic.Bool
	var failed atomic.Int64
	s := newShelf(t, func(gateway http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if down.Load() {
				failed.Add(1)
				panic(http.ErrAbortHandler)
			}
			gateway.ServeHTTP(w, r)
		})
	})
	_, err := s.stock.Set(t.Context(), "MUG", 3, "first", "")
	require.NoError(t, err)
	w := s.watch()
	require.Contains(t, w.next(w.out), "on hand 3")
	for round := range 2 {
		failed.Store(0)
		down.Store(true)
		require.Regexp(t, `^list stock: no answer from http://\S+: .+; watching goes on when it is back$`, w.next(w.log))
		require.Eventually(t, func() bool { return failed.Load() > 6 }, 20*time.Second, 10*time.Millisecond)
		_, err = s.stock.Adjust(t.Context(), "MUG", -1, fmt.Sprint(round), "")
		require.NoError(t, err)
		down.Store(false)
		require.Contains(t, w.next(w.out), fmt.Sprintf("on hand %d", 2-round))
	}
	w.end()
}

func TestAWatchThatIsRefusedEnds(t *testing.T) {
	s := newShelf(t, nil)
	for _, test := range []struct {
		name string
		args []string
		want string
	}{
		{"with a SKU that can't be one", []string{"a/b"}, "sku must be letters, digits, dot, dash or underscore, beginning with a letter or digit"},
		{"with looks in no time", []string{"--interval", "99ms"}, "--interval must be at least 100ms"},
		{"with a gateway that was never there", []string{"--api-url", "http://127.0.0.1:1"}, "no answer from http://127.0.0.1:1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			require.ErrorContains(t, s.run(t.Context(), append([]string{"watch"}, test.args...)...).err, test.want)
		})
	}
}
