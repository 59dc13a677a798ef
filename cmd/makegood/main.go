// Command makegood runs orders as durable sagas: every order ships, or
// everything it touched is made good. This package holds flags, environment
// and wiring only.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
	"github.com/redis/go-redis/v9"
)

// CLI is the whole command line.
type CLI struct {
	Dev  DevCmd  `cmd:"" help:"Run everything on this machine: Temporal with its Web UI, Redis, RabbitMQ (or what stands in for them), the simulators and all roles." group:"Try it"`
	Demo DemoCmd `cmd:"" help:"Run what dev runs, place five sample orders, show how each ended, and end with 0 if every promise was kept." group:"Try it"`

	Serve    ServeCmd    `cmd:"" help:"Run the api, worker and notifier roles in one process." group:"Run it"`
	API      APICmd      `cmd:"" name:"api" help:"Run the HTTP gateway." group:"Run it"`
	Worker   WorkerCmd   `cmd:"" help:"Run the saga and its steps." group:"Run it"`
	Notifier NotifierCmd `cmd:"" help:"Run the consumers that send mail and webhooks." group:"Run it"`

	Setup       SetupCmd       `cmd:"" help:"Register search attributes, declare exchanges and queues, and stop." group:"Run it"`
	Healthcheck HealthcheckCmd `cmd:"" help:"Ask a running role whether it is ready: for containers without a shell." group:"Run it"`
	Simulators  SimulatorsCmd  `cmd:"" help:"Run the outside world for development: Stripe's API in small, a carrier, a mailbox." group:"Try it"`

	Order OrderCmd `cmd:"" help:"Place, read, list, watch and cancel orders; have a step tried again, or settle it by hand." group:"Operate it"`
	Stock StockCmd `cmd:"" help:"Read and change stock." group:"Operate it"`

	Events      EventsCmd      `cmd:"" help:"Read what was announced." group:"Operate it"`
	DeadLetters DeadLettersCmd `cmd:"" help:"List, show, redrive and discard events that their consumers could not handle." group:"Operate it"`

	Replay ReplayCmd `cmd:"" help:"Check before a release that this binary's workers can go on with the orders that others began." group:"Operate it"`
	Deploy DeployCmd `cmd:"" help:"Say which version of the workers gets the new orders, and see which are still needed." group:"Operate it"`

	Bench BenchCmd `cmd:"" help:"Measure makegood beside what it stands on." group:"Operate it"`

	Version kong.VersionFlag `help:"Print the version and stop."`
}

// version is set by the build.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	collectLess()
	redis.SetLogger(redisLog{slog.New(slog.DiscardHandler)}) // a role has a log for it
	var cli CLI
	parser := kong.Must(&cli,
		kong.Name("makegood"),
		kong.Description("Runs orders as durable sagas: every order ships, or everything it touched is made good.\n\n"+
			"Every setting is a flag and an environment variable of the same name."),
		kong.Vars{"version": version},
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
	command, err := parser.Parse(os.Args[1:])
	if err == nil {
		err = command.Run()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "makegood: "+oneLine(err))
		os.Exit(1)
	}
}

var (
	flagName = regexp.MustCompile(`--[a-z][a-z-]*`)
	// kong repeats the value of a variable, which may hold a password.
	fromVariable = regexp.MustCompile(` \(from envar [A-Z_]+=".*"\)`)
)

// oneLine writes the error as one line, and a setting's flag with its variable.
func oneLine(err error) string {
	text := strings.Join(strings.Fields(strings.ReplaceAll(err.Error(), "\n", "; ")), " ")
	text = fromVariable.ReplaceAllString(text, "")
	return flagName.ReplaceAllStringFunc(text, func(flag string) string {
		variable := strings.ToUpper(strings.ReplaceAll(strings.TrimPrefix(flag, "--"), "-", "_"))
		if settingNames()[variable] {
			return variable + " (" + flag + ")"
		}
		return flag
	})
}
