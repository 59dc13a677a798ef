package workflows_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/order"
	"makegood/workflows"
)

// What Temporal takes: https://docs.temporal.io/develop/go/enriching-ui.
const (
	summaryLimit = 200
	detailsLimit = 20_000
)

func TestTheLargestOrderCanBeStarted(t *testing.T) {
	o := order.Order{ID: "ord_1", Request: order.Request{
		CustomerID: strings.Repeat("😀", 255), PaymentMethod: strings.Repeat("😀", 255), Currency: "EUR",
	}}
	for n := range 100 {
		o.Lines = append(o.Lines, order.Line{SKU: fmt.Sprintf("%03d%s", n, strings.Repeat("X", 97)), Quantity: 1_000_000, UnitPrice: 99_999_999})
	}
	options := workflows.StartOptions(o)
	require.LessOrEqual(t, len(options.StaticSummary), summaryLimit)
	require.True(t, strings.HasSuffix(options.StaticSummary, "😀…"), "cut between two characters: %s", options.StaticSummary)
	require.LessOrEqual(t, len(options.StaticDetails), detailsLimit)
	require.Contains(t, options.StaticDetails, o.Lines[99].SKU)
}

func TestWhatOthersWroteIsNoMarkdown(t *testing.T) {
	o := order.Order{Request: order.Request{CustomerID: "a`b\n# c", Currency: "EUR"}}
	require.Contains(t, workflows.StartOptions(o).StaticDetails, "Customer `a'b # c` pays")
}
