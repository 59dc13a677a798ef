package chart_test

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/strvals"
)

func TestValuesThatAreRefused(t *testing.T) {
	tests := []struct{ name, values, want string }{
		{"an unknown value", "replicas: 3", "additional properties 'replicas' not allowed"},
		{"a misspelt value of a role", "worker: {replcias: {min: 1}}", "at '/worker': additional properties 'replcias' not allowed"},
		{"a misspelt setting", "settings: {EVENT_TRANSPROT: redis}", "at '/settings': additional properties 'EVENT_TRANSPROT' not allowed"},
		{"a misspelt secret", "secrets: {REDIS_URI: {name: a, key: b}}", "at '/secrets': additional properties 'REDIS_URI' not allowed"},
		{"a secret among the settings", "settings: {STRIPE_API_KEY: sk_live_1}", "at '/settings': additional properties 'STRIPE_API_KEY' not allowed"},
		{"a collector's key among the settings", "settings: {OTEL_EXPORTER_OTLP_HEADERS: api-key=1}", "at '/settings/OTEL_EXPORTER_OTLP_HEADERS': false schema"},
		{"a secret itself", "secrets: {STRIPE_API_KEY: sk_live_1}", "at '/secrets/STRIPE_API_KEY': got string, want object"},
		{"a password in an address", "settings: {CARRIER_URL: 'https://me:pw@carrier.example'}", "at '/settings/CARRIER_URL'"},
		{"a number in place of text", "settings: {STRIPE_RATE: 25}", "at '/settings/STRIPE_RATE': got number, want string"},
		{"on, which YAML takes for true", "settings: {ADMISSION: on}", "at '/settings/ADMISSION'"},
		{"no duration", "settings: {STEP_DEADLINE: soon}", "at '/settings/STEP_DEADLINE'"},
		{"a port alone", "settings: {TEMPORAL_ADDRESS: ':7233'}", "at '/settings/TEMPORAL_ADDRESS'"},
		{"another shape", "shape: alone", "at '/shape': value must be one of 'apart', 'together'"},
		{"text in place of a number", "api: {replicas: {min: two}}", "at '/api/replicas/min': got string, want integer"},
		{"no replicas", "api: {replicas: {min: 0}}", "at '/api/replicas/min': minimum: got 0, want 1"},
		{"fewer replicas at most than at least", "api: {replicas: {min: 9}}", "api.replicas: max is 6, below min, which is 9"},
		{"memory in a unit that GOMEMLIMIT is not computed from", "api: {resources: {limits: {memory: 1Gi}}}", "at '/api/resources/limits/memory'"},
		{"no carrier", "secrets: {CARRIER_URL: null}", "at '/secrets': missing property 'CARRIER_URL'"},
		{"no broker", "secrets: {AMQP_URL: null}", "at '/secrets': missing property 'AMQP_URL'"},
		{"no stock", "secrets: {REDIS_URL: null}", "at '/secrets': missing property 'REDIS_URL'"},
		{"a webhook without its secret", "settings: {WEBHOOK_URL: 'https://shop.example'}", "at '/secrets': missing property 'WEBHOOK_SECRETS'"},
		{"versions without a deployment", "worker: {versions: [1.4.0]}", "at '/worker/versions': maxItems: got 1, want 0"},
		{"a deployment without versions", "settings: {WORKER_DEPLOYMENT: orders}", "at '/worker/versions': minItems: got 0, want 1"},
		{"versions that would be called the same", "{settings: {WORKER_DEPLOYMENT: orders}, worker: {versions: [checkout-in-two-steps-2026-41, checkout-in-two-steps-2026-42]}}", "checkout-in-two-steps-2026-41 and checkout-in-two-steps-2026-42 would both be called worker-checkout-in-two-steps-20"},
		{"an Ingress for no host", "ingress: {enabled: true}", "at '/ingress/host'"},
		{"one setting in two places", "settings: {CARRIER_URL: 'http://carrier.example'}", "CARRIER_URL stands in settings and in secrets"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			values, err := common.ReadValues([]byte(test.values))
			require.NoError(t, err)
			_, err = render(values)
			require.ErrorContains(t, err, test.want)
		})
	}
}

// --set makes whole numbers of what a file makes floating ones, and text of
// digits where a name may be text of digits.
func TestValuesOfTheCommandLine(t *testing.T) {
	values := common.Values{}
	for _, set := range []string{"api.replicas.max=3", "notifier.replicas.min=4", "worker.cpuTarget=70"} {
		require.NoError(t, strvals.ParseInto(set, values))
	}
	require.NoError(t, strvals.ParseIntoString("secrets.REDIS_URL.name=007", values))
	require.Empty(t, mistakes(decoded(t, values), reads(t)))
}

// A new setting of makegood's needs its line in values.schema.json.
func TestEverySettingHasItsPlace(t *testing.T) {
	elsewhere := []string{
		"HTTP_ADDR",                                                 // the chart's own
		"MAIL_TEMPLATES",                                            // files.mailTemplates
		"SIMULATORS_ADDR", "SIMULATORS_SMTP_ADDR", "SIMULATORS_DIR", // of other commands
		"API_URL",
	}
	readme, err := os.ReadFile(root + "/README.md")
	require.NoError(t, err)
	var want []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([A-Z_]+)` \\|").FindAllStringSubmatch(string(readme), -1) {
		if !slices.Contains(elsewhere, row[1]) {
			want = append(want, row[1])
		}
	}
	require.NotEmpty(t, want)

	text, err := os.ReadFile(folder + "/values.schema.json")
	require.NoError(t, err)
	type group struct{ Properties map[string]any }
	var schema struct {
		Properties struct{ Settings, Secrets group }
	}
	require.NoError(t, json.Unmarshal(text, &schema))
	got := map[string]bool{}
	for _, properties := range []map[string]any{schema.Properties.Settings.Properties, schema.Properties.Secrets.Properties} {
		for name := range properties {
			if !regexp.MustCompile(`^TEMPORAL_`).MatchString(name) {
				got[name] = true
			}
		}
	}
	require.ElementsMatch(t, want, slices.Collect(maps.Keys(got)), "settings of README.md, and of values.schema.json")
}
