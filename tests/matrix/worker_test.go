package matrix_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/interceptor"
	sdklog "go.temporal.io/sdk/log"
	sdkworker "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	commonpb "go.temporal.io/api/common/v1"

	"makegood/activities"
	"makegood/audit"
	"makegood/events"
	"makegood/events/rabbitmq"
	"makegood/inventory"
	"makegood/notifications"
	"makegood/order"
	"makegood/payments"
	"makegood/shipping"
	"makegood/telemetry"
	"makegood/tests/harness"
	"makegood/worker"
	"makegood/workflows"
)

// runWorker is `makegood worker` over the same servers, with strikes.
func runWorker() int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if err := serve(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func serve(ctx context.Context) error {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	namespace, dir := os.Getenv("TEMPORAL_NAMESPACE"), os.Getenv("MATRIX_DIR")
	temporal, err := client.Dial(client.Options{
		HostPort: os.Getenv("TEMPORAL_ADDRESS"), Namespace: namespace, Logger: sdklog.NewStructuredLogger(log),
		Interceptors:  []interceptor.ClientInterceptor{&striker{dir: dir}},
		DataConverter: garbler{DataConverter: converter.GetDefaultDataConverter(), dir: dir},
	})
	if err != nil {
		return err
	}
	defer temporal.Close()
	acts, err := effects(namespace, log)
	if err != nil {
		return err
	}
	err = harness.Await(ctx, patience, func(ctx context.Context) error { return audit.Schedule(ctx, temporal, time.Minute) })
	if err != nil {
		return err
	}
	cfg := workflows.DefaultConfig()
	cfg.SlowestRetry, cfg.SlowestPublish = time.Second, time.Second
	if cfg.Attempt, err = time.ParseDuration(os.Getenv("MATRIX_ATTEMPT")); err != nil {
		return err
	}
	cfg.AttentionAfter = 3 * cfg.Attempt // an attempt that died with its worker is awaited
	w := worker.New(temporal, sdkworker.WorkerDeploymentVersion{}, acts, &audit.Auditor{Temporal: temporal, Stock: acts.Stock, Metrics: audit.NewMetrics(prometheus.NewRegistry())}, &workflows.Orders{Config: cfg})
	if err := w.Start(); err != nil {
		return err
	}
	defer w.Stop()
	listener, err := net.Listen("tcp", os.Getenv("HTTP_ADDR"))
	if err != nil {
		return err
	}
	server := telemetry.Serve(listener, telemetry.Health(nil, telemetry.NewRegistry()), log)
	<-ctx.Done()
	return server.Stop(context.WithoutCancel(ctx))
}

func effects(namespace string, log *slog.Logger) (*activities.Activities, error) {
	gateway, err := payments.NewStripe(payments.Config{Key: os.Getenv("STRIPE_API_KEY"), URL: os.Getenv("STRIPE_URL"), Namespace: namespace})
	if err != nil {
		return nil, err
	}
	carrier, err := shipping.NewHTTP(shipping.Config{URL: os.Getenv("CARRIER_URL"), Namespace: namespace})
	if err != nil {
		return nil, err
	}
	redis, err := inventory.Open(os.Getenv("REDIS_URL"))
	if err != nil {
		return nil, err
	}
	publisher, err := rabbitmq.NewPublisher(rabbitmq.Config{URL: os.Getenv("AMQP_URL"), Consumers: notifications.Consumers(notifications.Config{}), Log: log})
	if err != nil {
		return nil, err
	}
	return &activities.Activities{
		Payments: gateway, Stock: inventory.New(redis, inventory.Config{Namespace: namespace, KeepFor: worker.Retention}),
		Carrier: carrier, Publisher: events.Guard(publisher, events.Breaker{}),
	}, nil
}

// garbler is a data converter that can't decode the orders of some attempts.
type garbler struct {
	converter.DataConverter
	dir      string
	activity string // that decodes; empty outside of one
}

func (g garbler) WithContext(ctx context.Context) converter.DataConverter {
	if activity.IsActivity(ctx) {
		g.activity = activity.GetInfo(ctx).ActivityType.Name
	}
	return g
}

func (g garbler) WithWorkflowContext(workflow.Context) converter.DataConverter { return g }

func (g garbler) FromPayload(payload *commonpb.Payload, into any) error {
	if err := g.DataConverter.FromPayload(payload, into); err != nil {
		return err
	}
	return g.garble(into)
}

func (g garbler) FromPayloads(payloads *commonpb.Payloads, into ...any) error {
	if err := g.DataConverter.FromPayloads(payloads, into...); err != nil {
		return err
	}
	for _, one := range into {
		if err := g.garble(one); err != nil {
			return err
		}
	}
	return nil
}

func (g garbler) garble(decoded any) error {
	o, ok := decoded.(*order.Order)
	if !ok || g.activity == "" {
		return nil
	}
	for _, hit := range cells[o.CustomerID].strikes() {
		m := marks{dir: g.dir + "/" + o.CustomerID}
		if hit.how == garbles && hit.on == g.activity && m.take(hit.name(), hit.times) {
			m.set(hit.name())
			return errStruck
		}
	}
	return nil
}
