package bench

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/redis/go-redis/v9"
)

// costs are what the servers and roles have done so far, or did meanwhile.
type costs struct {
	CPU           map[string]time.Duration // by process
	RedisCommands float64                  // those inside of scripts too
	RedisBytes    float64                  // both ways
	RedisData     float64                  // bytes now, without what Redis needs to manage them
	Published     float64                  // events that the broker confirmed
	Handled       float64                  // deliveries to consumers
}

// costs reads every counter.
func (w World) costs(ctx context.Context) (costs, error) {
	now := costs{CPU: map[string]time.Duration{}}
	for _, p := range w.Processes {
		cpu, _, err := p.Usage()
		if err != nil {
			return costs{}, fmt.Errorf("read what %s has used: %w", p.Name, err)
		}
		now.CPU[p.Name] += cpu
	}
	if err := w.redisCosts(ctx, &now); err != nil {
		return costs{}, err
	}
	for _, url := range w.Roles {
		if err := eventCosts(ctx, url, &now); err != nil {
			return costs{}, fmt.Errorf("read the metrics of %s: %w", url, err)
		}
	}
	return now, nil
}

const (
	// still is how long no event must move for the system to be quiet.
	still = 300 * time.Millisecond
	// quietWithin is for consumers that have fallen far behind.
	quietWithin = 5 * time.Minute
)

// quiet waits until no event moves any more, and reads every counter. The
// gateway answers before the broker has an order's events, and what is still to
// be done would be charged to whatever comes next.
func (w World) quiet(ctx context.Context) (costs, error) {
	ctx, cancel := context.WithTimeout(ctx, quietWithin)
	defer cancel()
	tick := time.NewTicker(still)
	defer tick.Stop()
	last, err := w.costs(ctx)
	if err != nil {
		return costs{}, err
	}
	for {
		select {
		case <-ctx.Done():
			return costs{}, fmt.Errorf("events are still under way: %w", ctx.Err())
		case <-tick.C:
		}
		now, err := w.costs(ctx)
		if err != nil {
			return costs{}, err
		}
		if now.Published == last.Published && now.Handled == last.Handled {
			return now, nil
		}
		last = now
	}
}

func (w World) redisCosts(ctx context.Context, into *costs) error {
	var one sync.Mutex // a cluster's nodes are read at once
	read := func(ctx context.Context, node *redis.Client) error {
		one.Lock()
		defer one.Unlock()
		for field, sum := range map[[2]string]*float64{
			{"stats", "total_commands_processed"}: &into.RedisCommands,
			{"stats", "total_net_input_bytes"}:    &into.RedisBytes,
			{"stats", "total_net_output_bytes"}:   &into.RedisBytes,
			{"memory", "used_memory_dataset"}:     &into.RedisData,
		} {
			info, err := RedisInfo(ctx, node, field[0])
			if err != nil {
				return fmt.Errorf("ask Redis at %s: %w", node.Options().Addr, err)
			}
			value, err := strconv.ParseFloat(info[field[1]], 64)
			if err != nil {
				return fmt.Errorf("INFO %s of Redis at %s says %q of %s, which is no number", field[0], node.Options().Addr, info[field[1]], field[1])
			}
			*sum += value
		}
		return nil
	}
	switch c := w.Redis.(type) {
	case *redis.Client:
		return read(ctx, c)
	case *redis.ClusterClient:
		return c.ForEachMaster(ctx, read)
	}
	return fmt.Errorf("%T is no client of one server or a cluster", w.Redis)
}

func eventCosts(ctx context.Context, url string, into *costs) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/metrics", nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return errors.New(answer.Status)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(answer.Body)
	if err != nil {
		return err
	}
	for family, sum := range map[string]*float64{
		"makegood_events_published_total": &into.Published,
		"makegood_events_delivered_total": &into.Handled,
	} {
		for _, metric := range families[family].GetMetric() {
			for _, label := range metric.GetLabel() {
				switch label.GetName() + "=" + label.GetValue() {
				case "result=confirmed", "verdict=handled":
					*sum += metric.GetCounter().GetValue()
				}
			}
		}
	}
	return nil
}

// add adds what was done between two readings.
func (c *costs) add(before, after costs) {
	if c.CPU == nil {
		c.CPU = map[string]time.Duration{}
	}
	for name, cpu := range after.CPU {
		c.CPU[name] += cpu - before.CPU[name]
	}
	c.RedisCommands += after.RedisCommands - before.RedisCommands
	c.RedisBytes += after.RedisBytes - before.RedisBytes
	c.Published += after.Published - before.Published
	c.Handled += after.Handled - before.Handled
}
