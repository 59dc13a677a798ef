package events

import "github.com/prometheus/client_golang/prometheus"

// Backlog is what a consumer has still to do, as a transport counts it.
type Backlog struct {
	Consumer string `json:"consumer" example:"email"`
	// Waiting events were not delivered yet.
	Waiting int64 `json:"waiting" doc:"Events that were not delivered yet"`
	// Retrying events failed and have another attempt before them.
	Retrying int64 `json:"retrying" doc:"Events that failed and will be tried again"`
	// Dead events are on their way into the index of dead letters.
	Dead int64 `json:"dead" doc:"Events that are on their way into the index of dead letters"`
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
func (b Backlog) Collect(to chan<- prometheus.Metric) {
	to <- prometheus.MustNewConstMetric(lagDesc, prometheus.GaugeValue, float64(b.Waiting), b.Consumer)
	to <- prometheus.MustNewConstMetric(retriesDesc, prometheus.GaugeValue, float64(b.Retrying), b.Consumer)
	to <- prometheus.MustNewConstMetric(deadDesc, prometheus.GaugeValue, float64(b.Dead), b.Consumer)
}
