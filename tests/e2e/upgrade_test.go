package e2e_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/operatorservice/v1"

	"makegood/order"
	"makegood/tests/harness"
	"makegood/workflows"
)

// A namespace in which an earlier version ran lacks what came later.
func TestANamespaceWithoutTheNewestAttributeIsUpgraded(t *testing.T) {
	t.Parallel()
	s := harness.New(t)
	_, err := s.API.SetStock(t.Context(), "MUG-BLUE", 10, "", "")
	require.NoError(t, err)
	require.NoError(t, s.Gateway.Kill())
	newest := workflows.OrderSKU.GetName()
	_, err = s.Temporal.OperatorService().RemoveSearchAttributes(t.Context(), &operatorservice.RemoveSearchAttributesRequest{
		Namespace: s.Namespace, SearchAttributes: []string{newest},
	})
	require.NoError(t, err)
	query := newest + " = 'MUG-BLUE'"
	harness.Eventually(t, func(ctx context.Context) error {
		if _, err := s.Listed(ctx, query); err == nil {
			return fmt.Errorf("%s is known in %s", newest, s.Namespace)
		}
		return nil
	})

	require.NoError(t, s.Gateway.Start(t.Context()))
	placed, err := s.API.Place(t.Context(), harness.Sample(), "", 10*time.Second)
	require.NoError(t, err, "a gateway that is ready takes orders")
	require.Equal(t, order.Completed, placed.Status)
	harness.Eventually(t, func(ctx context.Context) error {
		found, err := s.Listed(ctx, query)
		if err == nil && len(found) != 1 {
			err = fmt.Errorf("%s finds %v", query, found)
		}
		return err
	})
}
