package stock_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"makegood/order"
	"makegood/tests/harness"
)

// kinds are orders that the power cut finds in every state.
var kinds = []func(*order.Request){
	func(*order.Request) {},
	func(r *order.Request) { r.ShippingAddress.PostalCode = "00000" },
	stuck: func(r *order.Request) { r.ShippingAddress.Line1 = "sim:slow_3600000" },
	func(r *order.Request) { r.PaymentMethod = "pm_card_chargeDeclined" },
}

// stuck is the kind that holds its units until the test ends its fault.
const stuck = 2

// Redis loses power, and with it the last part of what it had answered. The
// audit finds every order that this touched, and mends the books.
func TestAPowerCutIsMended(t *testing.T) {
	t.Parallel()
	s := harness.New(t, harness.Apart(), harness.OwnRedis(), harness.Setting("ADMISSION", "off"))
	const put = 1000
	_, err := s.API.SetStock(t.Context(), harness.Sample().Lines[0].SKU, put, "", "")
	require.NoError(t, err)
	ids := place(t, s, 40)
	for i, id := range ids {
		if i%len(kinds) == stuck {
			reserved(t, s, id)
		} else {
			s.Closed(t, id)
		}
	}
	require.NoError(t, s.Worker.Kill())
	sound, left := stockAudit(t, s)
	require.False(t, left, "%+v", sound)

	require.NoError(t, s.Redis.Kill())
	cutOff(t, s.Redis.Dir)
	require.NoError(t, s.Redis.Restart(t.Context()))
	found, left := stockAudit(t, s)
	require.True(t, left)
	touched := map[order.ID]bool{}
	for _, drift := range found {
		require.Contains(t, ids, drift.Order, "%+v", drift)
		touched[drift.Order] = true
	}
	require.NoError(t, s.Worker.Start(t.Context()))
	mending := mended(t, s)
	for _, drift := range mending {
		touched[drift.Order] = true
	}
	t.Logf("%d differences of %d orders were found, and %d mended", len(found), len(touched), len(mending))
	for i := stuck; i < len(ids); i += len(kinds) {
		require.NoError(t, s.EndFault(t.Context(), ids[i]))
	}
	for _, id := range ids {
		s.Final(t, id)
	}
	require.Empty(t, mended(t, s))
	s.RequireSound(t)
}

// reserved waits until the order holds its units.
func reserved(t *testing.T, s *harness.System, id order.ID) {
	t.Helper()
	status(t, s, id, order.Reserved)
}

// cutOff takes the last fifth from what Redis appended to its file.
func cutOff(t *testing.T, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "appendonlydir", "*.incr.aof"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	size, err := os.Stat(files[0])
	require.NoError(t, err)
	require.NoError(t, os.Truncate(files[0], size.Size()*4/5))
}

// place asks for each order under its key until it is taken: so many at once
// may be too many for a busy machine.
func place(t *testing.T, s *harness.System, n int) []order.ID {
	t.Helper()
	ids := make([]order.ID, n)
	group, ctx := errgroup.WithContext(t.Context())
	for i := range ids {
		group.Go(func() error {
			request := harness.Sample()
			kinds[i%len(kinds)](&request)
			return harness.Await(ctx, time.Minute, func(ctx context.Context) error {
				placed, err := s.API.Place(ctx, request, fmt.Sprint("order ", i), 0)
				ids[i] = placed.ID
				return err
			})
		})
	}
	require.NoError(t, group.Wait())
	return ids
}
