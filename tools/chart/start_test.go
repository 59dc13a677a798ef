package chart_test

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"helm.sh/helm/v4/pkg/chart/common"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/util/cert"
)

// What a Secret might hold. Nobody answers there.
var secrets = map[string]string{
	"REDIS_URL":                  "redis://127.0.0.1:1/0",
	"AMQP_URL":                   "amqp://makegood:secret@127.0.0.1:1/",
	"STRIPE_API_KEY":             "sk_test_makegood",
	"CARRIER_URL":                "http://127.0.0.1:1/carrier",
	"SMTP_URL":                   "smtp://127.0.0.1:1",
	"WEBHOOK_SECRETS":            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
	"OTEL_EXPORTER_OTLP_HEADERS": "api-key=secret",
}

// Each role starts with what its pod gives it and nothing else, answers its
// probes, and ends when it is told to.
func TestRolesStartAsInTheirPods(t *testing.T) {
	eachValues(t, func(t *testing.T, values common.Values) {
		for _, d := range all[*appsv1.Deployment](decoded(t, values)) {
			t.Run(d.Name, func(t *testing.T) {
				t.Parallel()
				pod := d.Spec.Template.Spec
				c := pod.Containers[0]
				address := freeAddress(t)
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				var out bytes.Buffer
				role := command(ctx, t, c, address)
				role.Stdout, role.Stderr = &out, &out
				require.NoError(t, role.Start())
				ended := make(chan error, 1)
				go func() { ended <- role.Wait() }()

				probe(ctx, t, "http://"+address+c.StartupProbe.HTTPGet.Path, ended, &out, http.StatusOK)
				// No server answers: alive, and not ready.
				probe(ctx, t, "http://"+address+c.ReadinessProbe.HTTPGet.Path, ended, &out, http.StatusServiceUnavailable)
				require.NoError(t, role.Process.Signal(syscall.SIGTERM))
				require.NoError(t, <-ended, &out)
			})
		}
	})
}

func TestReplayAsksTemporal(t *testing.T) {
	jobs := all[*batchv1.Job](decoded(t, common.Values{}))
	require.Len(t, jobs, 1)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := command(ctx, t, jobs[0].Spec.Template.Spec.Containers[0], "").CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "TEMPORAL_ADDRESS 127.0.0.1:1 did not answer")
}

// The orders of another version would not replay, and need not.
func TestVersionsAreNotReplayedTogether(t *testing.T) {
	values, err := common.ReadValuesFile(folder + "/ci/versions-values.yaml")
	require.NoError(t, err)
	require.Empty(t, all[*batchv1.Job](decoded(t, values)))
}

// command is the container's, with its environment: where it asks for a
// server, none answers, and what is mounted is an empty folder.
func command(ctx context.Context, t *testing.T, c corev1.Container, address string) *exec.Cmd {
	t.Helper()
	folders := map[string]string{}
	for _, mount := range c.VolumeMounts {
		folders[mount.MountPath] = t.TempDir()
	}
	if dir := folders["/etc/makegood/temporal"]; dir != "" {
		writeCertificate(t, dir)
	}
	cmd := exec.CommandContext(ctx, binary, c.Args...)
	for _, variable := range c.Env {
		value := variable.Value
		switch {
		case variable.ValueFrom != nil:
			value = secrets[variable.Name]
			require.NotEmpty(t, value, variable.Name)
		case variable.Name == "HTTP_ADDR":
			require.Equal(t, corev1.ContainerPort{Name: "http", ContainerPort: 8080}, c.Ports[0])
			require.Equal(t, ":8080", value)
			value = address
		case variable.Name == "TEMPORAL_ADDRESS":
			value = "127.0.0.1:1"
		case variable.Name == "OTEL_EXPORTER_OTLP_ENDPOINT":
			value = "http://127.0.0.1:1"
		}
		for path, folder := range folders {
			value = strings.Replace(value, path, folder, 1)
		}
		cmd.Env = append(cmd.Env, variable.Name+"="+value)
	}
	return cmd
}

// probe asks until the answer is as wanted, and fails when the role has ended.
func probe(ctx context.Context, t *testing.T, url string, ended chan error, out *bytes.Buffer, want int) {
	t.Helper()
	got := 0
	for got != want {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		require.NoError(t, err)
		if answer, err := http.DefaultClient.Do(request); err == nil {
			got = answer.StatusCode
			_ = answer.Body.Close()
		}
		select {
		case err := <-ended:
			require.Fail(t, "the role has ended", "%v\n%s", err, out)
		case <-ctx.Done():
			require.Fail(t, "no such answer within a minute", "%s: %d in place of %d", url, got, want)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	return listener.Addr().String()
}

func writeCertificate(t *testing.T, dir string) {
	t.Helper()
	certificate, key, err := cert.GenerateSelfSignedCertKey("makegood", nil, nil)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, corev1.TLSCertKey), certificate, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, corev1.TLSPrivateKeyKey), key, 0o600))
}
