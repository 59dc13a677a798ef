package deadletters_test

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"makegood/events"
	"makegood/events/deadletters"
	"makegood/order"
)

// fate is what the model knows of one letter.
type fate struct {
	state   deadletters.State
	death   int // seconds
	claimed bool
	mortal  bool // expires at once
	moves   int  // how often its place has changed
}

// office is an index and the model of it.
type office struct {
	*rapid.T
	lasting, mortal *deadletters.Index
	client          *redis.Client
	namespace       string
	letters         map[string]*fate
	held            []deadletters.Letter // claimed, and perhaps given back later
	deaths          int
}

var (
	desks  = []string{"email", "webhook"}
	buyers = []order.ID{"ord_1", "ord_2", "ord_3", "ord_4", "ord_5"}
)

// Whatever happens to letters in whatever order, each is where it has to be,
// and who reads page after page meanwhile misses none.
func TestRandomInterleavings(t *testing.T) {
	client := redis.NewClient(&redis.Options{Addr: store.Address, ContextTimeoutEnabled: true})
	defer func() { _ = client.Close() }()
	rapid.Check(t, func(t *rapid.T) {
		cfg := deadletters.Config{Namespace: rand.Text(), Lease: time.Millisecond, Log: slog.New(slog.DiscardHandler)}
		o := &office{T: t, letters: map[string]*fate{}, lasting: deadletters.New(client, cfg), client: client, namespace: cfg.Namespace}
		cfg.KeepFor = time.Millisecond
		o.mortal = deadletters.New(client, cfg)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			rapid.SampledFrom([]func(){o.add, o.add, o.redrive, o.redriveAll, o.claim, o.giveBack, o.discard, o.expire, o.read}).Draw(t, "step")()
		}
		o.read()
	})
}

func (o *office) step() {
	rapid.SampledFrom([]func(){o.add, o.redrive, o.redriveAll, o.claim, o.giveBack, o.discard, o.expire}).Draw(o.T, "between pages")()
}

func (o *office) id() (consumer string, of order.ID, id string) {
	consumer, of = rapid.SampledFrom(desks).Draw(o.T, "consumer"), rapid.SampledFrom(buyers).Draw(o.T, "order")
	return consumer, of, consumer + "." + events.ID(of, 1)
}

// add lets an event die, again or for the first time, or repeats its last death.
func (o *office) add() {
	consumer, of, id := o.id()
	f, known := o.letters[id]
	index, mortal := o.lasting, rapid.IntRange(0, 3).Draw(o.T, "mortal") == 0
	if mortal {
		index = o.mortal
	}
	if known && rapid.Bool().Draw(o.T, "repeat") {
		require.NoError(o, index.Add(o.Context(), died(o, consumer, of, events.DeadAttempts, f.death)))
		return
	}
	o.deaths++
	require.NoError(o, index.Add(o.Context(), died(o, consumer, of, events.DeadAttempts, o.deaths)))
	next := &fate{state: deadletters.Dead, death: o.deaths, mortal: mortal, moves: o.deaths}
	if known && f.state == deadletters.Redriving && !f.claimed {
		next.state = deadletters.Redriving
	}
	o.letters[id] = next
}

func (o *office) redrive() {
	_, _, id := o.id()
	l, err := o.lasting.Redrive(o.Context(), id)
	f, known := o.letters[id]
	switch {
	case !known:
		require.ErrorIs(o, err, deadletters.ErrUnknown)
	case f.state == deadletters.Discarded:
		require.ErrorIs(o, err, deadletters.ErrDiscarded)
	default:
		require.NoError(o, err)
		if f.state == deadletters.Dead {
			f.state = deadletters.Redriving
		}
		require.Equal(o, f.state, l.State)
	}
}

func (o *office) redriveAll() {
	consumer := rapid.SampledFrom(desks).Draw(o.T, "consumer")
	n, next, err := o.lasting.RedriveAll(o.Context(), deadletters.Filter{Consumer: consumer}, "")
	require.NoError(o, err)
	require.Empty(o, next)
	for id, f := range o.letters {
		if f.state == deadletters.Dead && id[0] == consumer[0] {
			f.state = deadletters.Redriving
			n--
		}
	}
	require.Zero(o, n)
}

func (o *office) claim() {
	consumer := rapid.SampledFrom(desks).Draw(o.T, "consumer")
	letters, err := o.lasting.Claim(o.Context(), consumer, 50)
	require.NoError(o, err)
	got := map[string]bool{}
	for _, l := range letters {
		f := o.letters[l.ID]
		require.Equal(o, deadletters.Redriving, f.state, l.ID)
		require.NotEmpty(o, l.Body)
		f.claimed, got[l.ID] = true, true
	}
	for id, f := range o.letters {
		if f.state == deadletters.Redriving && !f.claimed && id[0] == consumer[0] {
			require.Fail(o, "not claimed", id)
		}
	}
	o.held = append(o.held, letters...)
}

// giveBack says of a letter that it was given back, however long ago it was
// claimed and whatever has become of it.
func (o *office) giveBack() {
	if len(o.held) == 0 {
		return
	}
	l := rapid.SampledFrom(o.held).Draw(o.T, "held")
	require.NoError(o, o.lasting.Redriven(o.Context(), l))
	f, known := o.letters[l.ID]
	if known && f.state == deadletters.Redriving && f.death == l.LastAt.Minute()*60+l.LastAt.Second() {
		f.state, f.moves = deadletters.Redriven, -1
	}
}

func (o *office) discard() {
	_, _, id := o.id()
	_, err := o.lasting.Discard(o.Context(), id, "ada", "a test")
	f, known := o.letters[id]
	switch {
	case !known:
		require.ErrorIs(o, err, deadletters.ErrUnknown)
	case f.state == deadletters.Redriven, f.state == deadletters.Redriving && f.claimed:
		require.ErrorIs(o, err, deadletters.ErrRedriven)
	case f.state == deadletters.Discarded:
		require.NoError(o, err, "the same words")
	default:
		require.NoError(o, err)
		f.state, f.mortal, f.moves = deadletters.Discarded, false, -1
	}
}

func (o *office) expire() {
	deadline := time.Now().Add(time.Minute)
	for id, f := range o.letters {
		for f.mortal {
			_, err := o.lasting.Expire(o.Context())
			require.NoError(o, err)
			if _, err := o.lasting.Get(o.Context(), id); errors.Is(err, deadletters.ErrUnknown) {
				delete(o.letters, id)
				break
			}
			require.True(o, time.Now().Before(deadline), "%s never expires", id)
		}
	}
}

// read compares what is listed with the model, while more happens.
func (o *office) read() {
	before := map[string]fate{}
	for id, f := range o.letters {
		before[id] = *f
	}
	limit := rapid.IntRange(1, 4).Draw(o.T, "limit")
	seen := map[string]int{}
	for cursor := ""; ; {
		page, err := o.lasting.List(o.Context(), deadletters.Filter{}, cursor, limit)
		require.NoError(o, err)
		for _, l := range page.Items {
			seen[l.ID]++
		}
		if cursor = page.NextCursor; cursor == "" {
			break
		}
		if rapid.Bool().Draw(o.T, "something happens") {
			o.step()
		}
	}
	for id, f := range before {
		now, there := o.letters[id]
		if open(f.state) && there && open(now.state) && now.moves == f.moves {
			require.Equal(o, 1, seen[id], "%s stayed where it was", id)
		}
		if !open(f.state) && there && now.moves == f.moves {
			require.Zero(o, seen[id], "%s is closed", id)
		}
	}
	o.count()
	for _, state := range []deadletters.State{deadletters.Dead, deadletters.Redriving, deadletters.Redriven, deadletters.Discarded} {
		var want []string
		for _, id := range slices.Sorted(maps.Keys(o.letters)) {
			if o.letters[id].state == state {
				want = append(want, id)
			}
		}
		require.ElementsMatch(o, want, ids(all(o, o.lasting, deadletters.Filter{State: state}, limit)), state)
		for _, of := range buyers {
			for _, l := range all(o, o.lasting, deadletters.Filter{OrderID: of, State: state}, limit) {
				require.Equal(o, of, l.OrderID)
				require.Contains(o, want, l.ID)
			}
		}
	}
}

// count looks behind the lists, whose readers overlook what doesn't belong.
func (o *office) count() {
	want := map[string]int64{"open": 0, "redriven": 0, "discarded": 0, "ends": int64(len(o.letters)), "orders": int64(len(o.letters))}
	for _, f := range o.letters {
		if open(f.state) {
			want["open"]++
		} else {
			want[string(f.state)]++
		}
	}
	for name, n := range want {
		got, err := o.client.ZCard(o.Context(), "makegood:{dead-letters:"+o.namespace+"}:"+name).Result()
		require.NoError(o, err)
		require.Equal(o, n, got, name)
	}
}

func open(s deadletters.State) bool { return s == deadletters.Dead || s == deadletters.Redriving }
