package events_test

import (
	"bytes"
	"errors"
	"log/slog"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"makegood/events"
)

// The gauge is 1 while anybody who needs the broker has lost it, and what the
// log tells are the ends of outages alone.
func TestAnOutageEndsOrIsForgotten(t *testing.T) {
	registry := prometheus.NewRegistry()
	var log bytes.Buffer
	outages := events.NewOutages(slog.New(slog.NewTextHandler(&log, nil)), events.NewMetrics(registry))
	down := func() float64 {
		families, err := registry.Gather()
		require.NoError(t, err)
		for _, family := range families {
			if family.GetName() == "makegood_events_broker_down" {
				return family.GetMetric()[0].GetGauge().GetValue()
			}
		}
		require.Fail(t, "there is no such metric")
		return 0
	}
	told := func(message string) int { return bytes.Count(log.Bytes(), []byte(message)) }

	outages.Down("publisher", errors.New("refused"))
	outages.Down("consumer", errors.New("refused"))
	outages.Forget("publisher")
	require.EqualValues(t, 1, down(), "the consumer needs it still")
	outages.Forget("consumer")
	require.Zero(t, down())
	require.Equal(t, 1, told("the broker is down"))
	require.Zero(t, told("the broker is back"), "nobody knows")

	outages.Down("publisher", errors.New("refused"))
	outages.Down("consumer", errors.New("refused"))
	outages.Forget("publisher")
	outages.Up("consumer")
	require.Zero(t, down())
	require.Equal(t, 2, told("the broker is down"))
	require.Equal(t, 1, told("the broker is back"))
}
