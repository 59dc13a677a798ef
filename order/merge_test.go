package order_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/order"
)

func TestMergeKeepsWhatTheFirstKnowsAndAddsWhatOnlyTheSecondDoes(t *testing.T) {
	early := order.Outcome{Step: order.Charge, At: time.Unix(1, 0).UTC(), Reference: "pi_1"}
	turn := order.Outcome{Step: order.Turn, At: time.Unix(2, 0).UTC(), Reason: order.StepDeadline}
	later := order.Outcome{Step: order.Turn, At: time.Unix(3, 0).UTC(), Reason: order.CancelledByShop}
	elsewhere := early
	elsewhere.At = early.At.In(time.FixedZone("", 3600))

	require.Equal(t, []order.Outcome{early, turn, later}, order.Merge([]order.Outcome{early, turn}, []order.Outcome{elsewhere, later}))
	require.Equal(t, []order.Outcome{early}, order.Merge(nil, []order.Outcome{early}))
	require.Equal(t, []order.Outcome{early}, order.Merge([]order.Outcome{early}, nil))
}
