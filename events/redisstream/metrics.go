package redisstream

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"

	"makegood/events"
)

var (
	//go:embed measure.lua
	measureText string
	measure     = redis.NewScript(measureText)
)

// Metrics tell at each scrape how the stream and its groups are, in two round
// trips, or nothing while Redis doesn't answer. They are the same in every
// process: one of a kind of role is enough.
type Metrics struct {
	redis redis.UniversalClient
	cfg   Config
}

var _ prometheus.Collector = (*Metrics)(nil)

// NewMetrics asks over a client that the caller closes.
func NewMetrics(client redis.UniversalClient, cfg Config) *Metrics {
	return &Metrics{redis: client, cfg: cfg.withDefaults()}
}

const (
	scrapeTimeout = time.Second
	countAtMost   = 10_000
)

var (
	lengthDesc = prometheus.NewDesc("makegood_events_stream_length",
		"Events in the Redis stream, those included that every consumer has acknowledged.", nil, nil)
	longDesc = prometheus.NewDesc("makegood_events_stream_alarm",
		"1 while the Redis stream is longer than it should get; nothing is dropped from it.", nil, nil)
	pendingDesc = consumerDesc("pending", "Events that the consumer has read and not settled.")
	oldestDesc  = consumerDesc("oldest_seconds",
		"Age of the oldest event that the consumer has not settled, events that wait for another attempt aside; 0 if there is none.")
)

func consumerDesc(name, help string) *prometheus.Desc {
	return prometheus.NewDesc("makegood_events_consumer_"+name, help, []string{"consumer"}, nil)
}

// Describe implements prometheus.Collector.
func (m *Metrics) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{lengthDesc, longDesc, pendingDesc, oldestDesc} {
		to <- d
	}
	events.DescribeBacklogs(to)
}

// Collect implements prometheus.Collector.
func (m *Metrics) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	length, groups, err := m.groups(ctx)
	if err == nil {
		err = m.aside(ctx, groups)
	}
	if err != nil {
		m.cfg.Log.Debug("no metrics of the events' stream", "error", err)
		return
	}
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	long := 0.0
	if length >= m.cfg.Long {
		long = 1
	}
	gauge(lengthDesc, float64(length))
	gauge(longDesc, long)
	for _, g := range groups {
		g.Collect(to)
		gauge(pendingDesc, float64(g.pending), g.Consumer)
		gauge(oldestDesc, g.oldest.Seconds(), g.Consumer)
	}
}

// Backlogs tells how much waits for each consumer.
func (m *Metrics) Backlogs(ctx context.Context) ([]events.Backlog, error) {
	_, groups, err := m.groups(ctx)
	if err == nil {
		err = m.aside(ctx, groups)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", events.ErrBrokerDown, err)
	}
	backlogs := make([]events.Backlog, len(groups))
	for i, g := range groups {
		backlogs[i] = g.Backlog
	}
	return backlogs, nil
}

type groupState struct {
	events.Backlog
	pending int64
	oldest  time.Duration
}

// groups tells of every group that there is and every consumer that should
// have one.
func (m *Metrics) groups(ctx context.Context) (length int64, states []*groupState, err error) {
	answer, err := measure.Run(ctx, m.redis, []string{m.cfg.stream()}, countAtMost).Slice()
	if err != nil {
		return 0, nil, fmt.Errorf("measure the stream: %w", err)
	}
	length, _ = answer[0].(int64)
	now, _ := answer[1].(int64)
	for _, entry := range answer[2:] {
		list, _ := entry.([]any)
		if len(list) != 4 {
			return 0, nil, fmt.Errorf("measure the stream: it answers %v", entry)
		}
		s := &groupState{}
		s.Consumer, _ = list[0].(string)
		s.pending, _ = list[1].(int64)
		s.Waiting, _ = list[2].(int64)
		id, _ := list[3].(string)
		if ms, err := strconv.ParseInt(strings.Split(id, "-")[0], 10, 64); err == nil {
			s.oldest = max(0, time.Duration(now-ms)*time.Millisecond)
		}
		states = append(states, s)
	}
	for _, c := range m.cfg.Consumers {
		if !slices.ContainsFunc(states, func(s *groupState) bool { return s.Consumer == c.Name }) {
			states = append(states, &groupState{Backlog: events.Backlog{Consumer: c.Name, Waiting: length}})
		}
	}
	return length, states, nil
}

// aside fills in what each consumer has beside the stream.
func (m *Metrics) aside(ctx context.Context, states []*groupState) error {
	pipe := m.redis.Pipeline()
	waiting, due, dead := make([]*redis.IntCmd, len(states)), make([]*redis.IntCmd, len(states)), make([]*redis.IntCmd, len(states))
	for i, s := range states {
		waiting[i] = pipe.ZCard(ctx, m.cfg.retries(s.Consumer))
		due[i] = pipe.XLen(ctx, m.cfg.again(s.Consumer))
		dead[i] = pipe.XLen(ctx, m.cfg.dead(s.Consumer))
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return err
	}
	for i, s := range states {
		s.Retrying, s.Dead = waiting[i].Val()+due[i].Val(), dead[i].Val()
	}
	return nil
}
