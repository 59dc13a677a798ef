package main

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/events"
	"makegood/events/rabbitmq"
)

func TestABrokerIsWaitedForAndAQueueThatExistsOtherwiseIsNot(t *testing.T) {
	for name, row := range map[string]struct {
		answers []error
		want    string // empty for none
	}{
		"a broker that is there":           {[]error{nil}, ""},
		"a broker that comes up":           {[]error{events.ErrBrokerDown, nil}, ""},
		"a queue with other arguments":     {[]error{events.ErrBrokerDown, fmt.Errorf("%w: queue x exists with other arguments", rabbitmq.ErrMismatch)}, "AMQP_URL: topology: queue x exists"},
		"a queue that may not be declared": {[]error{rabbitmq.ErrTopology, nil}, ""}, // somebody may grant it
	} {
		t.Run(name, func(t *testing.T) {
			asked := 0
			err := awaitBroker(t.Context(), func() error { asked++; return row.answers[asked-1] })
			require.Len(t, row.answers, asked)
			if row.want == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, row.want)
			}
		})
	}
	t.Run("and at the end the broker's last word is told", func(t *testing.T) {
		ended, end := context.WithCancel(t.Context())
		end()
		require.ErrorIs(t, awaitBroker(ended, func() error { return events.ErrBrokerDown }), events.ErrBrokerDown)
	})
}
