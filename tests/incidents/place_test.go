package incidents_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/order"
	"makegood/tests/harness"
)

// stocked puts units of the SKU in stock.
func stocked(t *testing.T, s *harness.System, sku string, units int64) {
	t.Helper()
	_, err := s.API.SetStock(t.Context(), sku, units, "", "")
	require.NoError(t, err)
}

// placed places an order of one unit and waits until it has come to a status.
func placed(t *testing.T, s *harness.System, sku string, until order.Status, change func(*order.Request)) order.ID {
	t.Helper()
	request := harness.Sample()
	request.Lines[0].SKU, request.Lines[0].Quantity = sku, 1
	change(&request)
	placed, err := s.API.Place(t.Context(), request, "", 0)
	require.NoError(t, err)
	comesTo(t, s, placed.ID, until)
	return placed.ID
}

func comesTo(t *testing.T, s *harness.System, id order.ID, status order.Status) {
	t.Helper()
	harness.Eventually(t, func(ctx context.Context) error {
		o, err := s.API.Get(ctx, id)
		if err == nil && o.Status != status {
			err = fmt.Errorf("order %s is %s", id, o.Status)
		}
		return err
	})
}

func asUsual(*order.Request) {}

// carrierDown has the carrier fail this order until the fault is ended.
func carrierDown(r *order.Request) { r.ShippingAddress.Line1 = "sim:fail_always" }
