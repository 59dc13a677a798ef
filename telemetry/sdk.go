package telemetry

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.temporal.io/sdk/client"
)

// NewSDKMetrics has the Temporal SDK's own metrics in the registry, under the
// names and tags that the SDK gives them, with Prometheus' suffixes: _total for
// its counters, _seconds for its timers, which are histograms. It is the SDK's
// handler for a whole process.
//
// It is our own because the SDK asks for some thirty series an order by name and
// tags: docs/adr/0026 has what the handler over OpenTelemetry costs.
func NewSDKMetrics(registry prometheus.Registerer) client.MetricsHandler {
	all := &sdkSeries{byLabels: map[string]*sdkHandler{}}
	registry.MustRegister(all)
	return all.labelled(nil)
}

// sdkBuckets are of polls, which take a minute, as of local activities.
var sdkBuckets = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}

// sdkSeries are all that the SDK has asked for. It describes none beforehand, as
// the SDK gives one name several sets of labels.
type sdkSeries struct {
	mu       sync.Mutex
	byLabels map[string]*sdkHandler
}

// Describe implements prometheus.Collector.
func (*sdkSeries) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (a *sdkSeries) Collect(to chan<- prometheus.Metric) {
	a.mu.Lock()
	handlers := slices.Collect(maps.Values(a.byLabels))
	a.mu.Unlock()
	for _, h := range handlers {
		h.series.Range(func(_, series any) bool {
			series.(prometheus.Collector).Collect(to)
			return true
		})
	}
}

// labelled is the only handler of these labels.
func (a *sdkSeries) labelled(labels prometheus.Labels) *sdkHandler {
	a.mu.Lock()
	defer a.mu.Unlock()
	key := keyOf(labels)
	h, known := a.byLabels[key]
	if !known {
		h = &sdkHandler{all: a, labels: labels}
		a.byLabels[key] = h
	}
	return h
}

// sdkHandler gives out the series of one set of labels. The SDK asks it anew for
// each use: what was asked before costs one look-up.
type sdkHandler struct {
	all    *sdkSeries
	labels prometheus.Labels
	tagged sync.Map // the handlers with further tags, by these
	series sync.Map // by name
}

// WithTags implements client.MetricsHandler.
func (h *sdkHandler) WithTags(tags map[string]string) client.MetricsHandler {
	key := keyOf(tags)
	if known, ok := h.tagged.Load(key); ok {
		return known.(*sdkHandler)
	}
	labels := maps.Clone(h.labels)
	if labels == nil {
		labels = prometheus.Labels{}
	}
	maps.Copy(labels, tags)
	tagged, _ := h.tagged.LoadOrStore(key, h.all.labelled(labels))
	return tagged.(*sdkHandler)
}

// Counter implements client.MetricsHandler.
func (h *sdkHandler) Counter(name string) client.MetricsCounter {
	return of(h, name, func() sdkCounter {
		return sdkCounter{prometheus.NewCounter(prometheus.CounterOpts{Name: strings.TrimSuffix(name, "_total") + "_total", Help: sdkHelp, ConstLabels: h.labels})}
	})
}

// Gauge implements client.MetricsHandler.
func (h *sdkHandler) Gauge(name string) client.MetricsGauge {
	return of(h, name, func() sdkGauge {
		return sdkGauge{prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: sdkHelp, ConstLabels: h.labels})}
	})
}

// Timer implements client.MetricsHandler.
func (h *sdkHandler) Timer(name string) client.MetricsTimer {
	return of(h, name, func() sdkTimer {
		return sdkTimer{prometheus.NewHistogram(prometheus.HistogramOpts{Name: name + "_seconds", Help: sdkHelp, ConstLabels: h.labels, Buckets: sdkBuckets})}
	})
}

const sdkHelp = "Of the Temporal SDK: https://docs.temporal.io/references/sdk-metrics"

// of is the handler's series of the name, made if it is asked for the first time.
func of[T any](h *sdkHandler, name string, create func() T) T {
	series, known := h.series.Load(name)
	if !known {
		series, _ = h.series.LoadOrStore(name, create())
	}
	return series.(T)
}

type sdkCounter struct{ prometheus.Counter }

// Inc implements client.MetricsCounter.
func (c sdkCounter) Inc(n int64) { c.Add(float64(n)) }

type sdkGauge struct{ prometheus.Gauge }

// Update implements client.MetricsGauge.
func (g sdkGauge) Update(value float64) { g.Set(value) }

type sdkTimer struct{ prometheus.Histogram }

// Record implements client.MetricsTimer.
func (t sdkTimer) Record(took time.Duration) { t.Observe(took.Seconds()) }

// keyOf is the same for the same labels, whatever their order.
func keyOf(labels map[string]string) string {
	names := make([]string, 0, 8)
	for name := range labels {
		names = append(names, name)
	}
	slices.Sort(names)
	var key strings.Builder
	for _, name := range names {
		key.WriteString(name)
		key.WriteByte('=')
		key.WriteString(labels[name])
		key.WriteByte(0)
	}
	return key.String()
}
