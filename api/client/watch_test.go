package client_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/api/client"
	"makegood/events"
	"makegood/order"
)

// frames are those of a real order that ships: five, the last one terminal.
func frames(t testing.TB) []string {
	o := order.Order{ID: "ord_1", PlacedAt: time.Unix(1, 0).UTC(), Request: request()}
	story := order.Tell(o, []order.Outcome{
		{Step: order.Charge, At: time.Unix(2, 0), Reference: "pi_1", Amount: 2500},
		{Step: order.Reserve, At: time.Unix(3, 0)},
		{Step: order.Ship, At: time.Unix(4, 0), Reference: "shp_1", Tracking: "T1"},
		{Step: order.Commit, At: time.Unix(5, 0)},
	})
	made, err := events.Of(o, story.Timeline)
	require.NoError(t, err)
	require.Len(t, made, 5)
	text := make([]string, len(made))
	for i, e := range made {
		text[i] = fmt.Sprintf("id: %d\ndata: %s\n\n", e.Sequence, e.Body)
	}
	return text
}

// stream serves the frames after Last-Event-ID, but breaks each connection off
// in the middle of the frame that follows its first most.
func stream(all []string, most int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		after, _ := strconv.Atoi(r.Header.Get("Last-Event-ID"))
		w.Header().Set("Content-Type", "text/event-stream")
		for i, frame := range all[after:] {
			if i == most {
				_, _ = io.WriteString(w, frame[:len(frame)/2])
				w.(http.Flusher).Flush()
				panic(http.ErrAbortHandler)
			}
			_, _ = io.WriteString(w, frame)
		}
	})
}

func watch(ctx context.Context, c *client.Client) (seen []client.Happening, err error) {
	for h, err := range c.Watch(ctx, "ord_1") {
		if err != nil {
			return seen, err
		}
		seen = append(seen, h)
	}
	return seen, nil
}

func TestWatchTellsEverythingOnce(t *testing.T) {
	for most := 1; most <= 6; most++ {
		t.Run(fmt.Sprintf("over connections of %d frames", most), func(t *testing.T) {
			t.Parallel()
			seen, err := watch(t.Context(), to(t, stream(frames(t), most)))
			require.NoError(t, err)
			require.Len(t, seen, 5)
			for i, h := range seen {
				require.Equal(t, i+1, h.Sequence)
			}
			require.True(t, seen[4].Terminal())
			require.Equal(t, "took 25.00 EUR", seen[1].Words(request()))
			require.Equal(t, "parcel shp_1, tracking T1", seen[3].Words(request()))
		})
	}
}

func TestWatchSkipsWhatIsRepeated(t *testing.T) {
	all := frames(t)
	deaf := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("Last-Event-ID")
		served := all[:3]
		if r.Header.Get("Second") != "" {
			served = all
		}
		stream(served, len(served)).ServeHTTP(w, r)
	})
	calls := 0
	seen, err := watch(t.Context(), to(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if calls++; calls > 1 {
			r.Header.Set("Second", "yes")
		}
		deaf.ServeHTTP(w, r)
	})))
	require.NoError(t, err)
	require.Len(t, seen, 5)
}

func TestWatchEnds(t *testing.T) {
	t.Run("at once with what the gateway refuses", func(t *testing.T) {
		_, err := watch(t.Context(), to(t, answer(404, "application/problem+json", `{"type":"/problems/not_found","detail":"no such order"}`)))
		require.EqualError(t, err, "watch order ord_1: no such order (not_found, HTTP 404)")
	})
	t.Run("at once with an event that can't be read", func(t *testing.T) {
		_, err := watch(t.Context(), to(t, answer(200, "text/event-stream", "id: 1\ndata: {}\n\n")))
		require.ErrorContains(t, err, "decode event")
	})
	t.Run("when the gateway says that nothing will follow", func(t *testing.T) {
		all := frames(t)[:2]
		seen, err := watch(t.Context(), to(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Last-Event-ID") == "2" {
				w.WriteHeader(http.StatusNoContent)
				return
			}
			stream(all, len(all)).ServeHTTP(w, r)
		})))
		require.NoError(t, err)
		require.Len(t, seen, 2)
	})
	t.Run("with the caller's patience", func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		c := to(t, stream(frames(t)[:2], 2))
		var last error
		for h, err := range c.Watch(ctx, "ord_1") {
			if last = err; h.Sequence == 2 {
				stop()
			}
		}
		require.ErrorIs(t, last, context.Canceled)
	})
	t.Run("where the caller breaks off", func(t *testing.T) {
		for h, err := range to(t, stream(frames(t), 9)).Watch(t.Context(), "ord_1") {
			require.NoError(t, err)
			require.Equal(t, 1, h.Sequence)
			break
		}
	})
}

// over answers requests without a network, so that time can be faked.
type over func(*http.Request) (*http.Response, error)

func (o over) RoundTrip(r *http.Request) (*http.Response, error) { return o(r) }

func TestWatchLeavesAConnectionThatFellSilent(t *testing.T) {
	all := frames(t)
	synctest.Test(t, func(t *testing.T) {
		calls, begun := 0, time.Now()
		var resumed string
		c := client.New("http://gateway", &http.Client{Transport: over(func(r *http.Request) (*http.Response, error) {
			calls++
			resumed = r.Header.Get("Last-Event-ID")
			reader, writer := io.Pipe()
			context.AfterFunc(r.Context(), func() { _ = writer.CloseWithError(r.Context().Err()) })
			go func() {
				if calls == 1 {
					_, _ = io.WriteString(writer, all[0])
					return
				}
				for _, frame := range all[1:] {
					_, _ = io.WriteString(writer, frame)
				}
			}()
			return &http.Response{StatusCode: http.StatusOK, Body: reader}, nil
		})})
		seen, err := watch(t.Context(), c)
		require.NoError(t, err)
		require.Len(t, seen, 5)
		require.Equal(t, 2, calls)
		require.Equal(t, "1", resumed)
		require.Greater(t, time.Since(begun), 30*time.Second, "two heartbeats may be lost")
	})
}

func TestWatchGivesUpOnAGatewayThatStaysAway(t *testing.T) {
	all := frames(t)
	synctest.Test(t, func(t *testing.T) {
		begun, calls := time.Now(), 0
		c := client.New("http://gateway", &http.Client{Transport: over(func(*http.Request) (*http.Response, error) {
			if calls++; calls > 1 {
				return nil, fmt.Errorf("connection refused")
			}
			reader, writer := io.Pipe()
			go func() { _, _ = io.WriteString(writer, all[0]); _ = writer.Close() }()
			return &http.Response{StatusCode: http.StatusOK, Body: reader}, nil
		})})
		seen, err := watch(t.Context(), c)
		require.ErrorContains(t, err, "connection refused")
		require.Len(t, seen, 1)
		require.InDelta(t, time.Minute, time.Since(begun), float64(5*time.Second))
	})
}
