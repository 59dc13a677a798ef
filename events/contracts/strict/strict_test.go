package strict_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/events"
	"makegood/events/contracts/strict"
	"makegood/order"
)

func TestWhatAContractRequiresIsMissed(t *testing.T) {
	for path, says := range map[string]string{
		"specversion": "envelope", "id": "envelope", "source": "envelope", "type": "envelope", "subject": "envelope",
		"time": "envelope", "datacontenttype": "envelope", "dataschema": "envelope", "sequence": "envelope",
		"correlationid": "envelope", "data": "envelope",
		"data.order_id": "stock.rejected/1", "data.customer_id": "stock.rejected/1", "data.email": "stock.rejected/1",
		"data.currency": "stock.rejected/1", "data.total": "stock.rejected/1", "data.lines": "stock.rejected/1",
		"data.lines.0.sku": "stock.rejected/1", "data.lines.0.quantity": "stock.rejected/1", "data.lines.0.unit_price": "stock.rejected/1",
		"data.reason": "stock.rejected/1", "data.shortages": "stock.rejected/1",
		"data.shortages.0.sku": "stock.rejected/1", "data.shortages.0.asked": "stock.rejected/1", "data.shortages.0.available": "stock.rejected/1",
	} {
		err := strict.Check(changed(t, path, func(at map[string]any, member string) { delete(at, member) }))
		require.ErrorContains(t, err, says, path)
	}
}

func TestWhatNoContractDeclaresIsRefused(t *testing.T) {
	for _, path := range []string{"secret", "data.secret", "data.lines.0.secret", "data.shortages.0.secret"} {
		err := strict.Check(changed(t, path, func(at map[string]any, member string) { at[member] = 1 }))
		require.ErrorContains(t, err, "secret", path)
	}
}

func TestAValueOfAnotherKindIsRefused(t *testing.T) {
	for path, value := range map[string]any{
		"id": "1", "specversion": "0.3", "source": "elsewhere", "time": "yesterday", "sequence": "01", "traceparent": "x",
		"dataschema": "https://makegood.dev/schemas/stock.rejected/2", "type": "order.lost",
		"data.email": 5, "data.currency": "eur", "data.total": 24.99, "data.lines": []any{}, "data.shortages": []any{},
	} {
		require.Error(t, strict.Check(changed(t, path, func(at map[string]any, member string) { at[member] = value })), path)
	}
	require.Error(t, strict.Check([]byte("no JSON")))
	require.Error(t, strict.Check([]byte("[]")))
}

func TestWhatIsPublishedPasses(t *testing.T) {
	require.NoError(t, strict.Check(changed(t, "data.total", func(at map[string]any, member string) { at[member] = 1 })))
}

// changed is a sold-out order's stock.rejected after a change at the path.
func changed(t *testing.T, path string, change func(at map[string]any, member string)) []byte {
	t.Helper()
	at := time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)
	o := order.Order{
		ID: "ord_1", PlacedAt: at, Traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
		Request: order.Request{
			CustomerID: "cus_42", Email: "ada@example.com", Currency: "EUR",
			Lines: []order.Line{{SKU: "MUG-BLUE", Quantity: 2, UnitPrice: 1250}},
		},
	}
	made, err := events.Of(o, []order.Entry{{Sequence: 3, Type: order.EventStockRejected, At: at, Outcome: order.Outcome{
		Step: order.Reserve, At: at, Reason: order.OutOfStock, Shortages: []order.Shortage{{SKU: "MUG-BLUE", Asked: 2}},
	}}})
	require.NoError(t, err)
	var event map[string]any
	require.NoError(t, json.Unmarshal(made[0].Body, &event))
	parts := strings.Split(path, ".")
	inner := any(event)
	for _, part := range parts[:len(parts)-1] {
		switch node := inner.(type) {
		case map[string]any:
			inner = node[part]
		case []any:
			var i int
			_, err := fmt.Sscan(part, &i)
			require.NoError(t, err)
			inner = node[i]
		}
	}
	change(inner.(map[string]any), parts[len(parts)-1])
	body, err := json.Marshal(event)
	require.NoError(t, err)
	return body
}
