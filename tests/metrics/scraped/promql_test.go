package scraped_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/tests/metrics/scraped"
)

const served = `# TYPE orders gauge
orders{status="open"} 1
orders{status="closed"} 0
# TYPE errors_total counter
errors_total{code="500"} 2
# TYPE took_seconds histogram
took_seconds_bucket{route="/",le="0.5"} 1
took_seconds_bucket{route="/",le="10"} 1
took_seconds_bucket{route="/",le="+Inf"} 1
took_seconds_sum{route="/"} 0.1
took_seconds_count{route="/"} 1
`

func TestAnExpressionNamesOnlyWhatIsScraped(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(served)) }))
	defer server.Close()
	series := scraped.Series{}
	require.NoError(t, series.Scrape(t.Context(), "job", "host:1", server.URL))
	series.Record("level:orders:max", scraped.Labels{"status": true})

	for name, c := range map[string]struct {
		expr   string
		labels []string
		wrong  string
	}{
		"a metric with its labels":            {expr: `orders`, labels: []string{"instance", "job", "status"}},
		"one that is up":                      {expr: `up{job="job"} == 0`, labels: []string{"instance", "job"}},
		"what a recording rule makes":         {expr: `level:orders:max{status="open"} > 0`, labels: []string{"status"}},
		"a quantile":                          {expr: `histogram_quantile(0.9, sum by (le, route) (rate(took_seconds_bucket[$__rate_interval])))`, labels: []string{"route"}},
		"what an aggregation leaves":          {expr: `sum without (instance) (orders)`, labels: []string{"job", "status"}},
		"a bound, as Prometheus keeps it":     {expr: `took_seconds_bucket{le="10.0"}`, labels: []string{"instance", "job", "le", "route"}},
		"two that are matched":                {expr: `sum by (job) (orders) / on (job) sum by (job) (up)`, labels: []string{"job"}},
		"either of two":                       {expr: `sum by (status) (orders) or sum by (code) (errors_total)`, labels: []string{"code", "status"}},
		"a number beside":                     {expr: `1 - max(orders)`},
		"a pattern for what has not happened": {expr: `errors_total{code=~"4.."}`, labels: []string{"code", "instance", "job"}},
		"a metric that is not there":          {expr: `rate(order_total[5m])`, wrong: "there is no metric order_total"},
		"a histogram without its suffix":      {expr: `took_seconds`, wrong: "there is no metric took_seconds"},
		"a label that it does not have":       {expr: `orders{state="open"}`, wrong: "the metric orders has no label state"},
		"a label's value that there is not":   {expr: `orders{status="opened"}`, wrong: "nothing matches orders"},
		"a value only together with another":  {expr: `took_seconds_bucket{le="7"}`, wrong: "nothing matches took_seconds_bucket"},
		"a bound, as the target wrote it":     {expr: `took_seconds_bucket{le="10"}`, wrong: "nothing matches took_seconds_bucket"},
		"a group by what is not there":        {expr: `sum by (state) (orders)`, wrong: "there is no label state"},
		"a group by what was aggregated away": {expr: `sum by (job) (sum by (status) (orders))`, wrong: "there is no label job"},
		"a match on what is not there":        {expr: `orders * on (route) errors_total`, wrong: "there is no label route"},
		"a quantile without buckets":          {expr: `histogram_quantile(0.9, sum by (route) (took_seconds_bucket))`, wrong: "there is no label le"},
		"one of two that is wrong":            {expr: `orders > 0 and gone > 0`, wrong: "there is no metric gone"},
		"what is no PromQL":                   {expr: `sum(orders`, wrong: "parse error"},
	} {
		t.Run(name, func(t *testing.T) {
			labels, err := series.Check(c.expr)
			if c.wrong != "" {
				require.ErrorContains(t, err, c.wrong)
				return
			}
			require.NoError(t, err)
			var names []string
			for label := range labels {
				names = append(names, label)
			}
			slices.Sort(names)
			require.Equal(t, c.labels, names)
		})
	}
}
