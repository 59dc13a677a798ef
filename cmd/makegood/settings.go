package main

import (
	"fmt"
	"time"

	"makegood/workflows"
)

// Settings is every setting of every role: a flag and an environment variable
// of the same name. Temporal's own variables (TEMPORAL_ADDRESS,
// TEMPORAL_NAMESPACE, TEMPORAL_TLS_*, TEMPORAL_API_KEY, TEMPORAL_PROFILE, …) are
// read by its envconfig package.
type Settings struct {
	HTTPAddr listenAddr `env:"HTTP_ADDR" default:":8080" help:"Where the API, health and metrics are served."`

	RedisURL       redisURL  `env:"REDIS_URL" default:"redis://127.0.0.1:6379/0" help:"The stock, and the inbox of consumers: redis://, rediss:// or redis+cluster://."`
	EventTransport transport `env:"EVENT_TRANSPORT" default:"rabbitmq" help:"What carries events: rabbitmq or redis."`
	AMQPURL        amqpURL   `env:"AMQP_URL" name:"amqp-url" default:"amqp://guest:guest@127.0.0.1:5672/" help:"RabbitMQ, for EVENT_TRANSPORT rabbitmq: amqp:// or amqps://; of a cluster one URL a node, separated by commas."`
	EventAudit     toggle    `env:"EVENT_AUDIT" default:"on" help:"Keep every event in the stream makegood.audit of RabbitMQ, which makegood events tail reads: on or off. The Redis stream is its own."`
	EventRetries   retries   `env:"EVENT_RETRIES" default:"1s,10s,1m,10m" help:"How long a consumer waits before each further attempt at an event, separated by commas; after the last one the event is a dead letter."`

	StripeAPIKey secret     `env:"STRIPE_API_KEY" help:"Stripe's secret key. The worker needs it."`
	StripeURL    httpURL    `env:"STRIPE_URL" default:"https://api.stripe.com" help:"Stripe's own API unless set; development points it at the simulators."`
	StripeRate   stripeRate `env:"STRIPE_RATE" default:"auto" help:"Requests a second that one worker process sends to Stripe, 0 for any number. auto keeps to Stripe's own limits, 50 with a live key and 25 with a test key, and to none at another STRIPE_URL. Several workers share them: divide."`
	CarrierURL   httpURL    `env:"CARRIER_URL" help:"The carrier's API, see docs/carrier.openapi.yaml. The worker needs it."`
	CarrierRate  rate       `env:"CARRIER_RATE" default:"0" help:"Requests a second that one worker process sends to the carrier, 0 for any number."`

	SMTPURL  smtpURL     `env:"SMTP_URL" name:"smtp-url" help:"Where mail goes: smtp://[user:password@]host:port (STARTTLS if offered; with a password it must be, except on this machine) or smtps://. The notifier needs it."`
	MailFrom mailAddress `env:"MAIL_FROM" default:"makegood <orders@makegood.example>" help:"Who mail comes from."`
	NotificationSettings

	StepDeadline   duration `env:"STEP_DEADLINE" default:"10m" help:"How long charge, reserve and ship each may take before the order turns back."`
	AttentionAfter duration `env:"ATTENTION_AFTER" default:"15m" help:"How long a compensation is retried before the order needs attention."`
	AuditEvery     duration `env:"AUDIT_EVERY" default:"1m" help:"How often the audit runs: it makes good what orders touched that were terminated in the Temporal Web UI, gives back what lost orders hold, and compares the stock with what Temporal has on record."`
	Admission      toggle   `env:"ADMISSION" default:"on" help:"Refuse orders that the stock cannot fill before they start a saga: on or off."`
	Console        toggle   `env:"CONSOLE" default:"on" help:"Serve the operators' console at /: on or off. Like the API it has no login: see docs/console.md."`
	WebUIURL       httpURL  `env:"WEB_UI_URL" name:"web-ui-url" help:"The Temporal Web UI, such as http://127.0.0.1:8233, which the console links to; no links unless set."`
	TrustedProxies proxies  `env:"TRUSTED_PROXIES" help:"Addresses or networks whose X-Forwarded-For is believed, separated by commas; none unless set."`

	DeploymentSettings

	LogFormat logFormat `env:"LOG_FORMAT" help:"json or text; unless set, text to a terminal and json elsewhere."`
	LogLevel  logLevel  `env:"LOG_LEVEL" default:"info" help:"debug, info, warn or error."`
}

// DeploymentSettings are the worker's that the operator's word on it needs too.
type DeploymentSettings struct {
	WorkerDeployment deploymentName `env:"WORKER_DEPLOYMENT" help:"The Worker Deployment that this worker is a version of, such as orders: it then gets orders once makegood deploy says so, see docs/deploys.md. Without it workers have no versions."`
}

// NotificationSettings are the notifier's that have a use in development too.
type NotificationSettings struct {
	MailTemplates string `env:"MAIL_TEMPLATES" help:"A folder whose files replace the mails' templates, see docs/notifications.md."`
	MailLocale    string `env:"MAIL_LOCALE" default:"en" help:"How mails write amounts, as a BCP 47 tag: de-CH, pt-BR."`

	WebhookURL     httpURL        `env:"WEBHOOK_URL" help:"Where events are sent as signed webhooks, see docs/notifications.md; nowhere unless set. Set it for the worker too: what happens before a notifier first runs is then kept for it."`
	WebhookSecrets webhookSecrets `env:"WEBHOOK_SECRETS" help:"What webhooks are signed with: whsec_… and, while a secret is replaced, others after a comma. The notifier needs it with WEBHOOK_URL."`
	WebhookTypes   eventTypes     `env:"WEBHOOK_TYPES" help:"The types of events to send, separated by commas, such as order.completed,order.rejected; all unless set."`
}

// Validate is called by kong: what is said of webhooks is of no use without an
// address.
func (s NotificationSettings) Validate() error {
	useless := ""
	switch {
	case s.WebhookURL != "":
	case s.WebhookSecrets != nil:
		useless = "--webhook-secrets"
	case s.WebhookTypes != nil:
		useless = "--webhook-types"
	}
	if useless != "" {
		return fmt.Errorf("%s is set and --webhook-url is not; write where webhooks go, such as https://shop.example/webhooks, or leave out both", useless)
	}
	return nil
}

// sagaConfig is the saga's budgets under these settings.
func (s *Settings) sagaConfig() workflows.Config {
	cfg := workflows.DefaultConfig()
	cfg.StepDeadline = time.Duration(s.StepDeadline)
	cfg.AttentionAfter = time.Duration(s.AttentionAfter)
	return cfg
}

// SimulatorSettings is what `makegood simulators` takes.
type SimulatorSettings struct {
	SimulatorsAddr     listenAddr `env:"SIMULATORS_ADDR" default:":8090" help:"Where Stripe, the carrier and the mailbox are simulated over HTTP."`
	SimulatorsSMTPAddr listenAddr `env:"SIMULATORS_SMTP_ADDR" default:":1025" help:"Where the mailbox takes mail."`
	SimulatorsDir      string     `env:"SIMULATORS_DIR" default:"simulators-data" help:"Where the ledgers are kept."`
	LogFormat          logFormat  `env:"LOG_FORMAT" help:"json or text; unless set, text to a terminal and json elsewhere."`
	LogLevel           logLevel   `env:"LOG_LEVEL" default:"info" help:"debug, info, warn or error."`
}

// ClientSettings is what the operator's commands take.
type ClientSettings struct {
	APIURL httpURL `env:"API_URL" name:"api-url" default:"http://127.0.0.1:8080" help:"The gateway that the command talks to."`
}
