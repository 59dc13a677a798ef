package soak_test

import (
	"flag"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"makegood/tests/soak"
)

// The flags that make soak sets.
var (
	length = flag.Duration("length", 0, "how long to break things; 0 is half a minute, or three in make test-all")
	seed   = flag.Uint64("seed", 0, "repeats a plan; 0 draws a new one")
)

func TestSoak(t *testing.T) {
	if *length == 0 {
		*length = 30 * time.Second
		if os.Getenv("MAKEGOOD_LONG") != "" {
			*length = 3 * time.Minute
		}
	}
	if *seed == 0 {
		*seed = rand.Uint64N(1_000_000) + 1
	}
	soak.Run(t, soak.NewPlan(*seed, *length))
}
