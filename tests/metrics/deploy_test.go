package metrics_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

const (
	root    = "../.."
	runbook = "docs/runbook/alerts"
)

// expression is one that deploy has, where it stands, and the labels that the
// text beside it shows.
type expression struct {
	where, promQL string
	shows         []string
	record        string // the metric that it makes, of a recording rule
}

// rule is one of a file of rules, as far as it matters here.
type rule struct {
	Record      string            `yaml:"record"`
	Alert       string            `yaml:"alert"`
	Expr        string            `yaml:"expr"`
	Annotations map[string]string `yaml:"annotations"`
}

func rules(t *testing.T) []rule {
	t.Helper()
	var all []rule
	for _, path := range glob(t, "deploy/prometheus/rules/*.yml") {
		var file struct {
			Groups []struct {
				Rules []rule `yaml:"rules"`
			} `yaml:"groups"`
		}
		readYAML(t, path, &file)
		for _, group := range file.Groups {
			all = append(all, group.Rules...)
		}
	}
	require.NotEmpty(t, all)
	return all
}

var (
	alertLabel  = regexp.MustCompile(`\$labels\.(\w+)`)
	legendLabel = regexp.MustCompile(`\{\{(\w+)\}\}`)
)

// expressions are all that deploy has, recording rules first.
func expressions(t *testing.T) []expression {
	t.Helper()
	var records, others []expression
	for _, r := range rules(t) {
		if r.Record != "" {
			records = append(records, expression{where: r.Record, promQL: r.Expr, record: r.Record})
			continue
		}
		e := expression{where: r.Alert, promQL: r.Expr}
		for _, text := range r.Annotations {
			e.shows = append(e.shows, found(alertLabel, text)...)
		}
		others = append(others, e)
	}
	for _, path := range glob(t, "deploy/grafana/dashboards/*.json") {
		var board struct {
			Title  string
			Panels []struct {
				Title   string
				Targets []struct{ Expr, LegendFormat string }
			}
		}
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(text, &board), path)
		for _, panel := range board.Panels {
			for _, target := range panel.Targets {
				others = append(others, expression{
					where: board.Title + ", " + panel.Title, promQL: target.Expr, shows: found(legendLabel, target.LegendFormat),
				})
			}
		}
	}
	return append(records, others...)
}

func found(label *regexp.Regexp, text string) (names []string) {
	for _, match := range label.FindAllStringSubmatch(text, -1) {
		names = append(names, match[1])
	}
	return names
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(root, pattern))
	require.NoError(t, err)
	require.NotEmpty(t, paths, pattern)
	return paths
}

func readYAML(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(text, into), path)
}

func TestEveryAlertHasItsPageAndACaseInWhichItFires(t *testing.T) {
	var cases struct {
		Tests []struct {
			Alerts []struct {
				Name  string `yaml:"alertname"`
				Fires []any  `yaml:"exp_alerts"`
			} `yaml:"alert_rule_test"`
		} `yaml:"tests"`
	}
	readYAML(t, filepath.Join(root, "deploy/prometheus/tests/alerts.yml"), &cases)
	fires := map[string]bool{}
	for _, c := range cases.Tests {
		for _, a := range c.Alerts {
			fires[a.Name] = fires[a.Name] || len(a.Fires) > 0
		}
	}
	pages := map[string]bool{}
	for _, path := range glob(t, runbook+"/Makegood*.md") {
		pages[runbook+"/"+filepath.Base(path)] = true
	}
	wanted := map[string]bool{}
	for _, r := range rules(t) {
		if r.Alert != "" {
			require.True(t, fires[r.Alert], "no test has %s fire", r.Alert)
			require.Equal(t, runbook+"/"+r.Alert+".md", r.Annotations["runbook_url"])
			wanted[r.Annotations["runbook_url"]] = true
		}
	}
	require.Equal(t, wanted, pages)
}
