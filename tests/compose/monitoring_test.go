package compose_test

import (
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/compose-spec/compose-go/v2/types"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

func TestPrometheusScrapesEveryRoleAndServer(t *testing.T) {
	project := load(t)
	var config struct {
		RuleFiles []string `yaml:"rule_files"`
		Jobs      []struct {
			Name    string `yaml:"job_name"`
			Targets []struct {
				Targets []string `yaml:"targets"`
			} `yaml:"static_configs"`
		} `yaml:"scrape_configs"`
	}
	read(t, mounted(t, project.Services["prometheus"], "/etc/prometheus/prometheus.yml"), &config)
	scraped := map[string][]string{}
	for _, job := range config.Jobs {
		for _, targets := range job.Targets {
			for _, target := range targets.Targets {
				host, port, err := net.SplitHostPort(target)
				require.NoError(t, err)
				require.Contains(t, project.Services, host)
				if host == "temporal" {
					require.Equal(t, "0.0.0.0:"+port, *project.Services[host].Environment["PROMETHEUS_ENDPOINT"])
				}
				scraped[job.Name] = append(scraped[job.Name], host)
			}
		}
	}
	// The jobs are those that tests/metrics gives to what it scrapes.
	require.Equal(t, map[string][]string{
		"makegood": {"api", "worker", "notifier"}, "temporal": {"temporal"}, "rabbitmq": {"rabbitmq"}, "redis": {"redis-exporter"},
	}, scraped)
	require.Equal(t, []string{"rules/*.yml"}, config.RuleFiles)
	rules, err := filepath.Glob(mounted(t, project.Services["prometheus"], "/etc/prometheus/rules") + "/*.yml")
	require.NoError(t, err)
	require.NotEmpty(t, rules)
}

func TestGrafanaHasItsDashboardsAndPrometheus(t *testing.T) {
	project := load(t)
	grafana := project.Services["grafana"]
	provisioning := mounted(t, grafana, "/etc/grafana/provisioning")
	var sources struct {
		Sources []struct{ Type, URL string } `yaml:"datasources"`
	}
	read(t, filepath.Join(provisioning, "datasources", "prometheus.yml"), &sources)
	require.Len(t, sources.Sources, 1)
	require.Equal(t, "prometheus", sources.Sources[0].Type)
	require.Equal(t, "http://prometheus:9090", sources.Sources[0].URL)
	require.True(t, slices.ContainsFunc(project.Services["prometheus"].Ports, func(p types.ServicePortConfig) bool { return p.Target == 9090 }))

	var providers struct {
		Providers []struct {
			Options struct{ Path string }
		}
	}
	read(t, filepath.Join(provisioning, "dashboards", "makegood.yml"), &providers)
	require.Len(t, providers.Providers, 1)
	boards, err := filepath.Glob(mounted(t, grafana, providers.Providers[0].Options.Path) + "/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, boards)
}

// mounted is what the service finds under the path, on this machine.
func mounted(t *testing.T, service types.ServiceConfig, path string) string {
	t.Helper()
	i := slices.IndexFunc(service.Volumes, func(v types.ServiceVolumeConfig) bool { return v.Target == path })
	require.GreaterOrEqual(t, i, 0, "%s has nothing at %s", service.Name, path)
	return service.Volumes[i].Source
}

func read(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(text, into), path)
}
