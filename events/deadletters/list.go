package deadletters

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"makegood/order"
)

// Filter says which letters. Its zero value means all that are open: dead or
// redriving.
type Filter struct {
	Consumer string
	Type     order.EventType
	OrderID  order.ID
	Reason   string
	State    State
}

func (f Filter) matches(l Letter) bool {
	open := l.State == Dead || l.State == Redriving
	return (f.Consumer == "" || f.Consumer == l.Consumer) &&
		(f.Type == "" || f.Type == l.Type) &&
		(f.OrderID == "" || f.OrderID == l.OrderID) &&
		(f.Reason == "" || f.Reason == l.Reason) &&
		(f.State == l.State || f.State == "" && open)
}

// Page is some letters, newest first.
type Page struct {
	Items []Letter
	// NextCursor is where the next page begins; empty after the last one.
	NextCursor string
}

const (
	// chunk is how many letters are read at once. A record without its body
	// has some 600 bytes.
	chunk = 200
	// mostLooked bounds what one page costs where few letters are asked for.
	mostLooked = 2000
)

// List returns up to limit letters without their bodies, and where the next
// ones begin; the empty cursor is the first page's. A letter that stays on the
// list is on exactly one page. One that dies again moves to the front. Where
// few letters match, a page may have less than its limit, or none, and a next
// one all the same.
func (x *Index) List(ctx context.Context, f Filter, cursor string, limit int) (Page, error) {
	before, err := parseCursor(cursor)
	if err != nil {
		return Page{}, err
	}
	var page Page
	for looked, n := 0, limit+1; ; looked, n = looked+n, chunk {
		found, next, err := x.look(ctx, f, before, n)
		if err != nil {
			return Page{}, fmt.Errorf("list dead letters: %w", err)
		}
		for _, l := range found {
			if len(page.Items) == limit {
				page.NextCursor = strconv.FormatInt(page.Items[limit-1].place, 10)
				return page, nil
			}
			page.Items = append(page.Items, l)
		}
		if next == 0 {
			return page, nil
		}
		if looked+n >= mostLooked {
			page.NextCursor = strconv.FormatInt(next, 10)
			return page, nil
		}
		before = next
	}
}

// ErrCursor is a cursor that no list gave.
var ErrCursor = errors.New("cursor must be the next_cursor of a page")

// parseCursor returns the place that the page's letters come before.
func parseCursor(cursor string) (int64, error) {
	if cursor == "" {
		return math.MaxInt64, nil
	}
	place, err := strconv.ParseInt(cursor, 10, 64)
	if err != nil || place < 1 || strconv.FormatInt(place, 10) != cursor {
		return 0, ErrCursor
	}
	return place, nil
}

// look reads up to n letters that come before a place, and returns those that
// match, newest first, with the last place that it saw; 0 if that is the end.
func (x *Index) look(ctx context.Context, f Filter, before int64, n int) (found []Letter, next int64, err error) {
	if f.OrderID != "" {
		found, err = x.ofOrder(ctx, f, before)
		return found, 0, err
	}
	places, err := x.redis.ZRevRangeByScoreWithScores(ctx, x.keys.list(f.State), &redis.ZRangeBy{
		Max: "(" + strconv.FormatInt(before, 10), Min: "-inf", Count: int64(n),
	}).Result()
	if err != nil || len(places) == 0 {
		return nil, 0, err
	}
	ids := make([]string, len(places))
	for i, p := range places {
		ids[i], _ = p.Member.(string)
	}
	letters, err := x.load(ctx, ids, false)
	if err != nil {
		return nil, 0, err
	}
	for _, l := range letters {
		// One that moved to the front meanwhile is there; its place is no
		// cursor of a later page.
		if f.matches(l) && l.place < before {
			found = append(found, l)
		}
	}
	if len(places) == n {
		next = int64(places[n-1].Score)
	}
	return found, next, nil
}

// ofOrder reads all letters of an order, which are few.
func (x *Index) ofOrder(ctx context.Context, f Filter, before int64) ([]Letter, error) {
	prefix := string(f.OrderID) + "\x00"
	members, err := x.redis.ZRangeByLex(ctx, x.keys.orders(), &redis.ZRangeBy{Min: "[" + prefix, Max: "(" + string(f.OrderID) + "\x01"}).Result()
	if err != nil {
		return nil, err
	}
	for i, m := range members {
		members[i] = strings.TrimPrefix(m, prefix)
	}
	letters, err := x.load(ctx, members, false)
	if err != nil {
		return nil, err
	}
	letters = slices.DeleteFunc(letters, func(l Letter) bool { return !f.matches(l) || l.place >= before })
	slices.SortFunc(letters, func(a, b Letter) int { return cmp.Compare(b.place, a.place) })
	return letters, nil
}
