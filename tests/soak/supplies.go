package soak

import (
	"fmt"
	"time"
)

// Supply is stock that comes in, or goes out if Units are negative.
type Supply struct {
	At    time.Duration
	SKU   string
	Units int64
	Key   string
}

var (
	plentifulSKUs = []string{"SOAK-MUG", "SOAK-LAMP", "SOAK-CHAIR", "SOAK-DESK"}
	// scarceSKUs sell faster than they come in: most of the time orders race
	// for the last one.
	scarceSKUs = []string{"SOAK-RARE-1", "SOAK-RARE-2", "SOAK-RARE-3"}
)

const (
	plenty = 1_000_000
	// everySupply keeps scarce stock short of what is asked for, some 3 units a second.
	everySupply = 2 * time.Second
)

// supplies come from time 0 on, plenty of all that is not scarce.
func supplies(seed uint64, length time.Duration) []Supply {
	d := dice(seed, "supplies")
	var all []Supply
	add := func(at time.Duration, sku string, units int64) {
		all = append(all, Supply{At: at, SKU: sku, Units: units, Key: fmt.Sprintf("soak %d, supply %d", seed, len(all))})
	}
	for _, sku := range plentifulSKUs {
		add(0, sku, plenty)
	}
	for _, sku := range scarceSKUs {
		add(0, sku, 2)
	}
	for at := around(d, everySupply); at < length; at += around(d, everySupply) {
		add(at, pick(d, scarceSKUs...), 1+d.Int64N(4))
	}
	return all
}
