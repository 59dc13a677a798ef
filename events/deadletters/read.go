package deadletters

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// Get returns the letter with its body, or ErrUnknown.
func (x *Index) Get(ctx context.Context, id string) (Letter, error) {
	letters, err := x.load(ctx, []string{id}, true)
	if err != nil {
		return Letter{}, fmt.Errorf("read dead letter %s: %w", id, err)
	}
	if len(letters) == 0 {
		return Letter{}, fmt.Errorf("read dead letter %s: %w", id, ErrUnknown)
	}
	return letters[0], nil
}

// load reads the letters that are there, in the order of their ids.
func (x *Index) load(ctx context.Context, ids []string, withBody bool) ([]Letter, error) {
	fields := []string{"facts", "state", "death", "place", "died", "closed", "by", "why"}
	if withBody {
		fields = append(fields, "body")
	}
	records := make([]*redis.SliceCmd, len(ids))
	_, err := x.redis.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for i, id := range ids {
			records[i] = pipe.HMGet(ctx, x.keys.letter(id), fields...)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	letters := make([]Letter, 0, len(ids))
	for i, record := range records {
		values := make([]string, len(fields))
		for k, value := range record.Val() {
			values[k], _ = value.(string)
		}
		if values[0] == "" {
			continue
		}
		l, err := parse(values)
		if err != nil {
			return nil, fmt.Errorf("record of %s: %w", ids[i], err)
		}
		letters = append(letters, l)
	}
	return letters, nil
}

func parse(values []string) (Letter, error) {
	var l Letter
	if err := json.Unmarshal([]byte(values[0]), &l); err != nil {
		return l, err
	}
	l.State, l.death, l.By, l.Why = State(values[1]), values[2], values[6], values[7]
	var err error
	if l.place, err = strconv.ParseInt(values[3], 10, 64); err != nil {
		return l, err
	}
	died, err := instant(values[4])
	if err != nil {
		return l, err
	}
	l.DiedAt = died
	if l.LastAt.IsZero() { // nobody timed it
		l.FirstAt, l.LastAt = died, died
	}
	if values[5] != "" {
		closed, err := instant(values[5])
		if err != nil {
			return l, err
		}
		l.ClosedAt = &closed
	}
	if len(values) > 8 {
		l.Body = []byte(values[8])
	}
	return l, nil
}

func instant(ms string) (time.Time, error) {
	n, err := strconv.ParseInt(ms, 10, 64)
	return time.UnixMilli(n).UTC(), err
}
