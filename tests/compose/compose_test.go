package compose_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/stretchr/testify/require"
)

const root = "../.."

// roles are the services of makegood's own image.
var roles = []string{"api", "notifier", "setup", "simulators", "worker"}

func TestServices(t *testing.T) {
	project := load(t)
	for name, service := range project.Services {
		t.Run(name+" has a health check, or is waited for until it ends", func(t *testing.T) {
			check := service.HealthCheck
			require.NotNil(t, check)
			if check.Disable {
				require.Equal(t, types.RestartPolicyNo, service.Restart)
				return
			}
			require.NotEmpty(t, check.Test)
			require.NotNil(t, check.Interval)
			require.NotNil(t, check.Timeout)
			require.NotNil(t, check.Retries)
		})
		t.Run(name+" waits for healthy services", func(t *testing.T) {
			for other, waits := range service.DependsOn {
				want := types.ServiceConditionHealthy
				if project.Services[other].HealthCheck.Disable {
					want = types.ServiceConditionCompletedSuccessfully
				}
				require.Equal(t, want, waits.Condition, other)
			}
			for _, other := range mentions(project, service) {
				require.Contains(t, service.DependsOn, other, "its environment names %s", other)
			}
		})
		t.Run(name+" is not reachable from outside the machine", func(t *testing.T) {
			for _, port := range service.Ports {
				require.Equal(t, "127.0.0.1", port.HostIP)
			}
		})
	}
}

func TestRoles(t *testing.T) {
	project := load(t)
	binary := build(t)
	var ours []string
	for name, service := range project.Services {
		if service.Build == nil {
			continue
		}
		ours = append(ours, name)
		t.Run(name+" is a command that reads every variable it is given", func(t *testing.T) {
			require.Len(t, service.Command, 1)
			reads := settings(t, binary, service.Command[0])
			for variable := range service.Environment {
				require.Contains(t, reads, variable)
			}
		})
		t.Run(name+" is asked for its health by a command of its own", func(t *testing.T) {
			if service.HealthCheck.Disable {
				return
			}
			require.Equal(t, []string{"CMD", "/makegood", "healthcheck"}, []string(service.HealthCheck.Test[:3]), "the image has no shell")
			out, err := exec.Command(binary, append(slices.Clone(service.HealthCheck.Test[2:]), "--help")...).CombinedOutput()
			require.NoError(t, err, "%s", out)
		})
	}
	slices.Sort(ours)
	require.Equal(t, roles, ours)
}

func TestFilesThatServicesMountExist(t *testing.T) {
	for _, service := range load(t).Services {
		for _, volume := range service.Volumes {
			if volume.Type == types.VolumeTypeBind {
				_, err := os.Stat(volume.Source)
				require.NoError(t, err)
			}
		}
	}
}

func TestImage(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "Dockerfile"))
	require.NoError(t, err)
	stages := strings.Split(string(text), "\nFROM ")
	last := stages[len(stages)-1]

	require.Regexp(t, `(?m)^USER [1-9]\d*:[1-9]\d*$`, last, "it does not run as root")
	require.Contains(t, last, `ENTRYPOINT ["/makegood"]`)
	require.Contains(t, string(text), "CGO_ENABLED=0", "the binary is static")
}

func load(t *testing.T) *types.Project {
	t.Helper()
	file := filepath.Join(root, "docker-compose.yml")
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	dir, err := filepath.Abs(root)
	require.NoError(t, err)
	project, err := loader.LoadWithContext(context.Background(), types.ConfigDetails{
		WorkingDir:  dir,
		ConfigFiles: []types.ConfigFile{{Filename: file, Content: text}},
		Environment: types.Mapping{},
	})
	require.NoError(t, err)
	return project
}

// mentions lists the services that another one's environment names as hosts.
func mentions(project *types.Project, service types.ServiceConfig) []string {
	var found []string
	for _, value := range service.Environment {
		for other := range project.Services {
			host := regexp.MustCompile(`(^|[@/])` + regexp.QuoteMeta(other) + `:\d`)
			if value != nil && host.MatchString(*value) {
				found = append(found, other)
			}
		}
	}
	return found
}

// build makes what the image holds, as the Dockerfile does.
func build(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "makegood")
	cmd := exec.Command("go", "build", "-buildvcs=false", "-trimpath", "-ldflags=-s -w", "-o", binary, "./cmd/makegood")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return binary
}

var variable = regexp.MustCompile(`\$([A-Z][A-Z0-9_]*)`)

// settings lists the variables that a command reads, as its help shows them,
// and those of Temporal's envconfig package and of OpenTelemetry that compose
// sets.
func settings(t *testing.T, binary, command string) []string {
	t.Helper()
	out, err := exec.Command(binary, command, "--help").CombinedOutput()
	require.NoError(t, err, "%s", out)
	var names []string
	for _, match := range variable.FindAllStringSubmatch(string(out), -1) {
		names = append(names, match[1])
	}
	require.NotEmpty(t, names)
	if slices.Contains(names, "REDIS_URL") { // a role, which talks to Temporal
		names = append(names, "TEMPORAL_ADDRESS", "TEMPORAL_NAMESPACE",
			"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG")
	}
	return names
}
