package harness

import (
	"fmt"
	"strings"
)

// broken tells whether the role's log holds what no test provokes: a crash of
// Go's runtime, or what the race detector has found in anything but Temporal's
// SDK.
func (r *Role) broken() error {
	log := "\n" + r.Log()
	for _, sign := range []string{"panic: ", "fatal error: "} {
		if _, report, found := strings.Cut(log, "\n"+sign); found {
			return r.reported(sign + report)
		}
	}
	const race = "\nWARNING: DATA RACE\n"
	for _, report := range strings.Split(log, race)[1:] {
		if report, _, _ = strings.Cut(report, "\n==================\n"); !withinSDK(report) {
			return r.reported(race[1:] + report)
		}
	}
	return nil
}

func (r *Role) reported(text string) error {
	return fmt.Errorf("%s: %s", r.Command, text[:min(len(text), 6000)])
}

// withinSDK tells whether both accesses of a race are the SDK's own. Two are
// known of 1.50: the gateway's first calls, made at once, read what the server
// is able to without a lock; and a workflow whose coroutine got no processor
// for a second is left running, though its dispatcher goes on.
func withinSDK(report string) bool {
	accesses := 0
	lines := strings.Split(report, "\n")
	for i, line := range lines {
		if !strings.Contains(line, " at 0x") || !strings.Contains(line, " by ") {
			continue
		}
		accesses++
		for i++; i < len(lines)-1 && strings.HasPrefix(lines[i], "  runtime."); {
			i += 2 // the function, then its file
		}
		if i >= len(lines) || !strings.HasPrefix(lines[i], "  go.temporal.io/sdk/internal.") {
			return false
		}
	}
	return accesses > 0
}
