package workflows

import "time"

// Config holds the saga's budgets. It may differ between workers and change
// between replays: it sets durations only, never what is done.
type Config struct {
	// Lane is the time that all local activities of the first task have together.
	Lane time.Duration
	// LanePublish is the publish's own time at the end of the lane, on top of
	// Lane: a broker that is slower delays the events, never the order.
	LanePublish time.Duration
	// Attempt bounds one attempt of a regular activity. It is also how long an
	// attempt that died with its worker keeps the next one waiting.
	Attempt time.Duration
	// StepDeadline is what charge, reserve and ship each have, after the lane,
	// with all their attempts. When it passes, the order turns back.
	StepDeadline time.Duration
	// AttentionAfter is how long a compensation, or commit, is retried before
	// the order needs attention. It goes on being retried.
	AttentionAfter time.Duration
	// SlowestRetry caps the pause between two attempts of a step.
	SlowestRetry time.Duration
	// SlowestPublish caps the pause between two attempts to publish: how long
	// after an outage of the broker its events may still wait.
	SlowestPublish time.Duration
}

// DefaultConfig is what production runs with.
func DefaultConfig() Config {
	return Config{
		Lane:           time.Second,
		LanePublish:    250 * time.Millisecond,
		Attempt:        15 * time.Second,
		StepDeadline:   10 * time.Minute,
		AttentionAfter: 15 * time.Minute,
		SlowestRetry:   time.Minute,
		SlowestPublish: 30 * time.Second,
	}
}
