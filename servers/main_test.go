package servers_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"makegood/servers"
)

// actAs makes the test binary, run again, a program that starts a server and
// tells about it, then lives until it is killed.
const actAs = "MAKEGOOD_TEST_ACT_AS"

func TestMain(m *testing.M) {
	if server := os.Getenv(actAs); server != "" {
		if err := startAndWait(server, os.Getenv(actAs+"_DIR")); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
	}
	goleak.VerifyTestMain(m)
}

func startAndWait(server, dir string) error {
	ctx := context.Background()
	var err error
	switch server {
	case "redis":
		_, err = servers.Redis(ctx, servers.Options{Dir: dir})
	case "rabbitmq":
		_, err = servers.RabbitMQ(ctx, servers.Options{Dir: dir})
	case "postgresql":
		_, err = servers.PostgreSQL(ctx, servers.Options{Dir: dir})
	case "temporal":
		_, err = servers.Temporal(ctx, servers.TemporalOptions{Dir: dir, UI: true})
	}
	if err != nil {
		return err
	}
	fmt.Println("started")
	select {}
}
