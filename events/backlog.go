package events

import "github.com/prometheus/client_golang/prometheus"

// Backlog is what waits for one consumer, as a transport counts it for the
// metrics: one name for all of them.
type Backlog struct {
	// Lag is how many events no process has read yet.
	Lag int64
	// Retries is how many wait for another attempt.
	Retries int64
	// Dead is how many are dead, and not in the index of dead letters yet.
	Dead int64
}

var backlogLabels = []string{"consumer"}

var (
	lagDesc = prometheus.NewDesc("makegood_events_consumer_lag",
		"Events that no process has read yet for the consumer; on Redis, where it does not count them, 10,000 at most. Every process tells the same number.", backlogLabels, nil)
	retriesDesc = prometheus.NewDesc("makegood_events_consumer_retries",
		"Events that wait for the consumer's next attempt. Every process tells the same number.", backlogLabels, nil)
	deadDesc = prometheus.NewDesc("makegood_events_consumer_dead",
		"Events in the consumer's dead queue or stream, on their way to the index of dead letters. Every process tells the same number.", backlogLabels, nil)
)

// DescribeBacklogs is for the collector of a transport.
func DescribeBacklogs(to chan<- *prometheus.Desc) {
	to <- lagDesc
	to <- retriesDesc
	to <- deadDesc
}

// Collect is for the collector of a transport.
func (b Backlog) Collect(consumer string, to chan<- prometheus.Metric) {
	to <- prometheus.MustNewConstMetric(lagDesc, prometheus.GaugeValue, float64(b.Lag), consumer)
	to <- prometheus.MustNewConstMetric(retriesDesc, prometheus.GaugeValue, float64(b.Retries), consumer)
	to <- prometheus.MustNewConstMetric(deadDesc, prometheus.GaugeValue, float64(b.Dead), consumer)
}
