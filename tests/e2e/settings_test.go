package e2e_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/tests/harness"
)

// badSetting is a value that must stop the start, and a part of what the one
// line about it says would be right.
type badSetting struct{ command, value, right string }

// badSettings has one or more of every setting that --help names, and of
// Temporal's own. None of these values may be repeated if it could be secret.
var badSettings = map[string][]badSetting{
	"HTTP_ADDR":                     {{"api", "8080", "host:port"}, {"worker", ":99999", "host:port"}, {"notifier", "here:80", "host:port"}},
	"REDIS_URL":                     {{"api", "localhost:6379", "redis://"}, {"worker", "redis://host/first", "redis://"}, {"serve", "", "redis://"}},
	"EVENT_TRANSPORT":               {{"worker", "kafka", "rabbitmq, redis"}},
	"EVENT_AUDIT":                   {{"worker", "some", "on, off"}},
	"EVENT_RETRIES":                 {{"notifier", "1s,soon", "1s,10s"}, {"worker", "0s", "1ms to 24h"}, {"serve", "", "1s,10s"}},
	"AMQP_URL":                      {{"worker", "http://guest:hunter2@host", "amqp://"}, {"notifier", "amqp://host:99999/", "amqp://"}, {"setup", "amqp://a:5672/,amqp://user:hunter2@:5672/", "several separated by commas"}, {"serve", "amqp://a:5672/,", "amqp://"}},
	"STRIPE_API_KEY":                {{"worker", "", "sk_test_"}, {"serve", "sk_live hunter2", "sk_test_"}},
	"STRIPE_URL":                    {{"worker", "api.stripe.com", "http://"}},
	"STRIPE_RATE":                   {{"worker", "fast", "25"}, {"worker", "-1", "auto"}, {"serve", "NaN", "0 for any number"}},
	"CARRIER_RATE":                  {{"worker", "auto", "25"}, {"serve", "-0.5", "0 for any number"}, {"worker", "Inf", "25"}},
	"CARRIER_URL":                   {{"worker", "", "http://"}, {"serve", "ftp://carrier", "http://"}},
	"SMTP_URL":                      {{"notifier", "", "smtp://"}, {"serve", "smtp://user:hunter2 @host:25", "smtp://"}, {"notifier", "smtp://host:0", "smtp://"}},
	"MAIL_FROM":                     {{"notifier", "nobody", "orders@"}},
	"MAIL_TEMPLATES":                {{"notifier", "/nowhere", "receipt.html"}},
	"MAIL_LOCALE":                   {{"notifier", "english please", "de-CH"}, {"serve", "xx", "de-CH"}},
	"WEBHOOK_URL":                   {{"worker", "shop.example/webhooks", "http://"}, {"notifier", "https://shop.example/webhooks", "WEBHOOK_SECRETS"}},
	"WEBHOOK_SECRETS":               {{"notifier", "hunter2", "whsec_"}, {"notifier", "whsec_aHVudGVyMg==", "24 to 64"}, {"serve", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw,hunter2", "base64"}, {"notifier", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "WEBHOOK_URL"}, {"dev", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "WEBHOOK_URL"}},
	"WEBHOOK_TYPES":                 {{"worker", "order.paid", "order.completed"}, {"notifier", "", "order.completed"}, {"worker", "order.completed", "https://shop.example/webhooks"}},
	"STEP_DEADLINE":                 {{"worker", "10", "10m"}, {"worker", "-1s", "at least 1s"}, {"serve", "", "10m"}},
	"ATTENTION_AFTER":               {{"worker", "soon", "10m"}, {"worker", "10ms", "at least 1s"}},
	"AUDIT_EVERY":                   {{"worker", "never", "10m"}, {"worker", "0s", "at least 1s"}},
	"ADMISSION":                     {{"api", "maybe", "on, off"}},
	"TRUSTED_PROXIES":               {{"api", "10.0.0.0/8,proxy", "10.0.0.0/8"}},
	"CONSOLE":                       {{"api", "maybe", "on, off"}},
	"WEB_UI_URL":                    {{"api", "localhost:8233", "http://"}, {"serve", "ftp://host", "http://"}},
	"WORKER_DEPLOYMENT":             {{"worker", "shop.orders", "such as orders"}, {"serve", "orders:1", "such as orders"}, {"deploy status", "", "such as orders"}},
	"LOG_FORMAT":                    {{"api", "xml", "json, text"}, {"simulators", "xml", "json, text"}},
	"LOG_LEVEL":                     {{"serve", "loud", "debug, info, warn, error"}},
	"SIMULATORS_ADDR":               {{"simulators", "8090", "host:port"}},
	"SIMULATORS_SMTP_ADDR":          {{"simulators", "localhost:smtpx", "host:port"}},
	"SIMULATORS_DIR":                {{"simulators", "", "folder"}, {"simulators", "/dev/null/ledgers", "not a directory"}},
	"API_URL":                       {{"order list", "127.0.0.1:8080", "http://"}, {"stock get MUG", "ftp://host", "http://"}},
	"TEMPORAL_ADDRESS":              {{"worker", "localhost", "host:port"}, {"api", "localhost:99999", "host:port"}},
	"TEMPORAL_TLS":                  {{"worker", "maybe", "true nor false"}},
	"TEMPORAL_CONFIG_FILE":          {{"api", "/nowhere", "a file that can be read"}},
	"TEMPORAL_PROFILE":              {{"api", "nobody", "unable to find profile"}},
	"TEMPORAL_TLS_CLIENT_CERT_PATH": {{"worker", "/nowhere", "a file that can be read"}},
}

func TestABadSettingStopsTheStart(t *testing.T) {
	t.Parallel()
	for _, setting := range settingsInHelp(t) {
		require.Contains(t, badSettings, setting, "a setting without a bad value in the table")
	}
	for setting, bad := range badSettings {
		for _, b := range bad {
			t.Run(setting+"="+b.value+" "+b.command, func(t *testing.T) {
				t.Parallel()
				out, stderr, code := makegood(t, setting+"="+b.value, b.command)
				require.Equal(t, 1, code, "%s%s", out, stderr)
				require.Equal(t, 1, strings.Count(stderr, "\n"), "one line: %s", stderr)
				require.Contains(t, stderr, setting)
				require.Contains(t, stderr, b.right)
				require.NotContains(t, stderr, "hunter2", "a secret")
				require.Equal(t, 1, strings.Count(stderr, setting), "names it once: %s", stderr)
			})
		}
	}
}

func TestEveryCommandHelps(t *testing.T) {
	t.Parallel()
	for _, command := range append(commands(t), "", "order", "stock") {
		out, stderr, code := makegood(t, "", strings.TrimSpace(command+" --help"))
		require.Zero(t, code, command)
		require.Empty(t, stderr, command)
		require.True(t, strings.HasPrefix(out, strings.TrimSpace("Usage: makegood "+command)), out)
	}
	_, stderr, code := makegood(t, "", "sell")
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "sell")
}

func TestFlagsAreNamedAfterTheirVariables(t *testing.T) {
	t.Parallel()
	for _, command := range commands(t) {
		help, _, _ := makegood(t, "", command+" --help")
		flat := strings.Join(strings.Fields(help), " ")
		for _, found := range setting.FindAllStringSubmatch(flat, -1) {
			flag := "--" + strings.ToLower(strings.ReplaceAll(found[1], "_", "-"))
			require.Contains(t, flat, " "+flag+"=", command)
		}
	}
}

var (
	setting = regexp.MustCompile(`\(\$([A-Z_]+)\)`)
	command = regexp.MustCompile(`(?m)^  ([a-z]+(?: [a-z]+)?)  +[A-Z]`)
)

// commands lists what makegood --help lists.
func commands(t *testing.T) []string {
	t.Helper()
	help, _, code := makegood(t, "", "--help")
	require.Zero(t, code)
	var names []string
	for _, found := range command.FindAllStringSubmatch(help, -1) {
		names = append(names, found[1])
	}
	require.Subset(t, names, []string{"dev", "demo", "serve", "api", "worker", "notifier", "simulators", "setup", "order place", "stock set"})
	return names
}

func settingsInHelp(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, command := range commands(t) {
		help, _, _ := makegood(t, "", command+" --help")
		for _, found := range setting.FindAllStringSubmatch(strings.Join(strings.Fields(help), " "), -1) {
			names = append(names, found[1])
		}
	}
	require.Contains(t, names, "STEP_DEADLINE")
	return names
}

// makegood runs the command to its end, with settings that are all right but
// for the one given.
func makegood(t *testing.T, one, command string) (stdout, stderr string, code int) {
	t.Helper()
	return harness.Run(t, harness.Binary(t), []string{
		"HTTP_ADDR=127.0.0.1:0", "STRIPE_API_KEY=sk_test_settings", "CARRIER_URL=http://127.0.0.1:1",
		"SMTP_URL=smtp://127.0.0.1:1", "SIMULATORS_ADDR=127.0.0.1:0", "SIMULATORS_SMTP_ADDR=127.0.0.1:0", one,
	}, strings.Fields(command)...)
}
