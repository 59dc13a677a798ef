// Command loyalty gives a point for each whole unit of currency that a
// customer has spent: a consumer of makegood's events in Go.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/redis/go-redis/v9"

	"makegood/events"
	"makegood/events/inbox"
	"makegood/events/rabbitmq"
	"makegood/order"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	store := redis.NewClient(&redis.Options{Addr: os.Getenv("REDIS_ADDR"), ContextTimeoutEnabled: true})
	box := inbox.New(store, inbox.Config{Namespace: "loyalty"})
	subscriber, err := rabbitmq.NewSubscriber(rabbitmq.Config{URL: os.Getenv("AMQP_URL")}, box)
	if err != nil {
		panic(err)
	}
	err = subscriber.Consume(ctx, events.Subscription{
		Consumer: events.Consumer{Name: "loyalty", Types: []order.EventType{order.EventCompleted}},
		Handler:  reward,
	})
	fmt.Println("stopped:", err, subscriber.Close())
}

// reward is called once for each order, unless the process is struck between
// its effect and the inbox's mark. An error has it called again later.
func reward(_ context.Context, e events.Event) error {
	data, err := events.DataOf(e)
	if err != nil {
		return err // permanent: the event becomes a dead letter
	}
	_, err = fmt.Printf("%s: %d points for %s\n", e.Subject, data.Total/100, data.CustomerID)
	return err
}
