package metrics_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/servers"
	"makegood/tests/harness"
	"makegood/tests/metrics/scraped"
)

// What the dashboards and the rules name is there, on both transports together,
// and what is there is what docs/metrics.md says.
func TestWhatDeployAndDocsNameIsScraped(t *testing.T) {
	series := scraped.Series{}
	t.Run("Redis Streams", func(t *testing.T) { // a folder of its own, for its own ledgers
		role := mixed(t, harness.Setting("EVENT_TRANSPORT", "redis")).Gateway
		require.NoError(t, series.Scrape(t.Context(), "makegood", role.Address, "http://"+role.Address+"/metrics"))
	})
	s := mixed(t, harness.Apart(), harness.Observed())
	for role, lines := range map[*harness.Role][]string{
		s.Gateway: {
			`makegood_orders_open\{status="needs_attention"\} 1`,
			`makegood_dead_letters_open 1`,
			`makegood_admission_orders_total\{verdict="refused"\} 1`,
		},
		s.Worker: {
			`makegood_saga_outcomes_total\{reason="",status="completed"\} 5`,
			`makegood_saga_outcomes_total\{reason="payment_declined",status="rejected"\} 1`,
			`makegood_saga_outcomes_total\{reason="undeliverable",status="rejected"\} 1`,
			`makegood_step_duration_seconds_count\{result="done",step="refund"\} 1`,
			`makegood_step_duration_seconds_count\{result="refused",step="charge"\} 1`,
			`makegood_step_duration_seconds_count\{result="failed",step="refund"\} [1-9]`,
			`makegood_stock_drift 0`,
		},
		s.Notifier: {
			`makegood_events_consumer_lag\{consumer="email"\} 0`,
			`makegood_inbox_events_total\{consumer="email",known="new"\} [1-9]`,
			`makegood_dead_letters_added_total\{consumer="email",reason="permanent"\} 3`,
		},
	} {
		for _, line := range lines {
			await(t, says(role, line))
		}
	}
	outage(t, s)
	for _, role := range []*harness.Role{s.Gateway, s.Worker, s.Notifier} {
		require.NoError(t, series.Scrape(t.Context(), "makegood", role.Address, "http://"+role.Address+"/metrics"))
	}
	t.Run("docs", func(t *testing.T) { requireDocumented(t, series) })
	require.NoError(t, series.Scrape(t.Context(), "temporal", "temporal", s.TemporalMetricsURL()))
	require.NoError(t, series.Scrape(t.Context(), "rabbitmq", "rabbitmq", s.RabbitMQ.MetricsURL+"/metrics"))
	exempt := scrapeRedis(t, s, series)

	all := slices.DeleteFunc(expressions(t), func(e expression) bool { return exempt != "" && strings.Contains(e.promQL, exempt) })
	require.NoError(t, check(series, all))

	t.Run("a metric by another name is missed", func(t *testing.T) {
		for name := range selected(t, all) {
			was := series[name]
			delete(series, name)
			series[name+"_renamed"] = was
			require.ErrorContains(t, check(series, all), name, "%s is renamed", name)
			series[name] = was
			delete(series, name+"_renamed")
		}
		require.NoError(t, check(series, all))
	})
	t.Run("a label by another name is missed", func(t *testing.T) {
		for _, label := range []string{"consumer", "status", "step", "result", "provider", "verdict", "known", "worker_type"} {
			renamed := scraped.Series{}
			for name, was := range series {
				for _, labels := range was {
					other := map[string]string{}
					for l, value := range labels {
						if l == label {
							l = "renamed"
						}
						other[l] = value
					}
					renamed[name] = append(renamed[name], other)
				}
			}
			require.ErrorContains(t, check(renamed, all), "label "+label)
		}
	})
}

// check holds all expressions against what was scraped, and what they record.
func check(series scraped.Series, all []expression) error {
	var wrong []error
	for _, e := range all {
		labels, err := series.Check(e.promQL)
		for _, label := range e.shows {
			if !labels[label] {
				err = errors.Join(err, fmt.Errorf("its text shows a label %s that the result has not", label))
			}
		}
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", e.where, err))
		}
		if e.record != "" {
			delete(series, e.record)
			series.Record(e.record, labels)
		}
	}
	return errors.Join(wrong...)
}

// selected are the scraped metrics that expressions name.
func selected(t *testing.T, all []expression) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	for _, e := range all {
		names, err := scraped.Names(e.promQL)
		require.NoError(t, err)
		for _, name := range names {
			found[name] = true
		}
	}
	for _, e := range all {
		delete(found, e.record)
	}
	return found
}

// scrapeRedis asks the exporter that compose runs, if Debian's is installed.
// Otherwise it returns how the names begin that nobody can check here.
func scrapeRedis(t *testing.T, s *harness.System, series scraped.Series) (exempt string) {
	t.Helper()
	path, err := exec.LookPath("prometheus-redis-exporter")
	if err != nil {
		t.Log("without prometheus-redis-exporter the metrics of Redis are not checked; tools/install-servers installs it where it may")
		return "redis_"
	}
	port, err := servers.FreePort(0)
	require.NoError(t, err)
	address := fmt.Sprintf("127.0.0.1:%d", port)
	exporter, err := servers.Program(t.Context(), servers.ProgramOptions{
		Name: "redis-exporter", Path: path, Dir: t.ArtifactDir(),
		Args: []string{"-redis.addr", s.RedisURL(), "-web.listen-address", address},
		Ready: func(ctx context.Context) error {
			return scraped.Series{}.Scrape(ctx, "redis", "redis", "http://"+address+"/metrics")
		},
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, exporter.Stop()) })
	require.NoError(t, series.Scrape(t.Context(), "redis", "redis", "http://"+address+"/metrics"))
	return ""
}

var documented = regexp.MustCompile("(?m)^\\| `(makegood_\\w+)` \\| (\\w+) \\| ([^|]*) \\|")

// requireDocumented compares the table of docs/metrics.md with what is served.
func requireDocumented(t *testing.T, series scraped.Series) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "docs", "metrics.md"))
	require.NoError(t, err)
	docs := map[string]string{}
	for _, row := range documented.FindAllStringSubmatch(string(text), -1) {
		name, labels := row[1], regexp.MustCompile(`\w+`).FindAllString(row[3], -1)
		slices.Sort(labels)
		if row[2] == "histogram" {
			name += "_count"
		}
		docs[name] = strings.Join(labels, " ")
	}
	delete(docs, "makegood_dead_letters_expired_total") // there once a letter was left for 30 days
	served := map[string]string{}
	for name, all := range series {
		if !strings.HasPrefix(name, "makegood_") || strings.HasSuffix(name, "_bucket") || strings.HasSuffix(name, "_sum") {
			continue
		}
		labels := map[string]bool{}
		for _, one := range all {
			for label := range one {
				labels[label] = label != "job" && label != "instance"
			}
		}
		var names []string
		for label, own := range labels {
			if own {
				names = append(names, label)
			}
		}
		slices.Sort(names)
		served[name] = strings.Join(names, " ")
	}
	require.Equal(t, served, docs)
}
