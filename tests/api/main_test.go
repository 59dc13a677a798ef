// Package api_test runs the gateway against a real Temporal server, mostly
// with no worker at all: what it must answer all the same.
package api_test

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"
	"testing"

	"makegood/servers"
	"makegood/workflows"
)

// namespaces are how many tests may each have one of their own, repetitions
// by -count included.
const namespaces = 100

var (
	temporal *servers.TemporalServer
	opened   atomic.Int32
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	options := servers.TemporalOptions{Out: os.Stderr, SearchAttributes: workflows.SearchAttributes()}
	for i := range namespaces {
		options.Namespaces = append(options.Namespaces, namespace(int32(i)))
	}
	var err error
	if temporal, err = servers.Temporal(context.Background(), options); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = temporal.Stop() }()
	return m.Run()
}

func namespace(i int32) string { return fmt.Sprintf("gateway-%d", i) }
