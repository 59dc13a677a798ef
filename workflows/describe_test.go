package workflows_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/order"
	"makegood/workflows"
)

// Servers refuse a start whose metadata or attributes are larger:
// https://docs.temporal.io/develop/go/enriching-ui, and
// frontend.searchAttributesSizeOfValueLimit.
const (
	summaryLimit   = 200
	detailsLimit   = 20_000
	attributeLimit = 2048
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

	skus, found := options.TypedSearchAttributes.GetKeywordList(workflows.OrderSKU)
	require.True(t, found)
	value, err := json.Marshal(skus)
	require.NoError(t, err)
	require.LessOrEqual(t, len(value), attributeLimit)
	require.Greater(t, len(value), attributeLimit-110, "as many as fit")
	require.Equal(t, o.Lines[0].SKU, skus[0])
}

func TestAnOrderIsFoundByEachOfItsSKUsOnce(t *testing.T) {
	o := order.Order{Request: order.Request{Currency: "EUR", Lines: []order.Line{
		{SKU: "MUG-BLUE", Quantity: 2, UnitPrice: 1250}, {SKU: "LAMP", Quantity: 1, UnitPrice: 3900}, {SKU: "MUG-BLUE", Quantity: 1, UnitPrice: 1000},
	}}}
	skus, _ := workflows.StartOptions(o).TypedSearchAttributes.GetKeywordList(workflows.OrderSKU)
	require.Equal(t, []string{"MUG-BLUE", "LAMP"}, skus)
}

func TestWhatOthersWroteIsNoMarkdown(t *testing.T) {
	o := order.Order{Request: order.Request{CustomerID: "a`b\n# c", Currency: "EUR"}}
	require.Contains(t, workflows.StartOptions(o).StaticDetails, "Customer `a'b # c` pays")
}
