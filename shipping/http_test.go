package shipping_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"makegood/order"
	"makegood/shipping"
	"makegood/simulators"
	"makegood/tests/hangup"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is the simulated carrier and an adapter to it.
type world struct {
	*shipping.HTTP
	url string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	s, err := simulators.New(simulators.Config{
		Addr: "127.0.0.1:0", SMTPAddr: "127.0.0.1:0", Dir: t.TempDir(),
		Logger: slog.New(slog.NewTextHandler(os.Stderr, nil)),
	})
	require.NoError(t, err)
	require.NoError(t, s.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, s.Stop(context.Background())) })
	w := &world{url: s.URL() + "/carrier"}
	w.HTTP, err = shipping.NewHTTP(shipping.Config{URL: w.url + "/", Namespace: "a/b & c"})
	require.NoError(t, err)
	t.Cleanup(w.Close)
	return w
}

type parcel struct{ ID, Reference, Shipper, Status, Tracking string }

// parcels reads what the carrier has under the order's id.
func (w *world) parcels(t *testing.T, id order.ID) []parcel {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.url+"/shipments?reference="+url.QueryEscape(string(id)), nil)
	require.NoError(t, err)
	req.Close = true
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	var page struct{ Data []parcel }
	require.NoError(t, json.NewDecoder(res.Body).Decode(&page))
	return page.Data
}

func orderTo(line1, postalCode string) order.Order {
	return order.Order{ID: "ord_1/é?", PlacedAt: time.Now().UTC(), Request: order.Request{
		CustomerID: "cus_42", Email: "ada@example.com", Currency: "EUR", PaymentMethod: "pm_card_visa",
		Lines:           []order.Line{{SKU: "MUG-BLUE", Quantity: 2, UnitPrice: 1250}},
		ShippingAddress: order.Address{Name: "Ada", Line1: line1, City: "Berlin", PostalCode: postalCode, Country: "DE"},
	}}
}

type step = func(context.Context, order.Order) (order.Outcome, error)

// settle repeats a step until it settles, as the saga does.
func settle(t *testing.T, do step, o order.Order) (outcome order.Outcome, failed int) {
	t.Helper()
	failed = -1
	require.Eventually(t, func() bool {
		failed++
		var err error
		outcome, err = do(t.Context(), o)
		return err == nil
	}, 30*time.Second, 5*time.Millisecond)
	return outcome, failed
}

func rejected(t *testing.T, err error) order.Outcome {
	t.Helper()
	var rejection *order.Rejection
	require.ErrorAs(t, err, &rejection)
	return rejection.Outcome
}

func TestShipMakesOneParcelWhateverFails(t *testing.T) {
	for name, c := range map[string]struct {
		line1  string
		failed int
	}{
		"when nothing fails":          {"1 Main St", 0},
		"when the carrier fails":      {"sim:fail_2", 2},
		"when replies are lost":       {"sim:lost_2", 2},
		"when the carrier is slow":    {"sim:slow_200", 0},
		"when only fences would fail": {"sim:fail_undo_always", 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			o := orderTo(c.line1, "10115")
			outcome, failed := settle(t, w.Ship, o)
			require.Equal(t, c.failed, failed)
			parcels := w.parcels(t, o.ID)
			require.Len(t, parcels, 1)
			require.Equal(t, parcel{
				ID: outcome.Reference, Reference: string(o.ID), Shipper: "a/b & c", Status: "accepted", Tracking: outcome.Tracking,
			}, parcels[0])
			require.NotEmpty(t, outcome.Tracking)
			require.WithinDuration(t, time.Now(), outcome.At, 5*time.Second)

			again, _ := settle(t, w.Ship, o)
			require.Equal(t, outcome, again)
		})
	}
}

func TestShipToNowhereIsRefusedTheSameWayEachTime(t *testing.T) {
	w := newWorld(t)
	o := orderTo("1 Main St", "00000")
	_, err := w.Ship(t.Context(), o)
	first := rejected(t, err)
	require.Equal(t, order.Undeliverable, first.Reason)
	require.NotEmpty(t, first.Detail)
	_, err = w.Ship(t.Context(), o)
	require.Equal(t, first, rejected(t, err))

	fence, err := w.Fence(t.Context(), o)
	require.NoError(t, err)
	require.Equal(t, order.Outcome{Step: order.Fence, Null: true, At: first.At}, fence)
	_, err = w.Ship(t.Context(), o)
	require.Equal(t, first, rejected(t, err))
	require.Empty(t, w.parcels(t, o.ID))
}

func TestFenceOfWhatNeverWasMakesItImpossible(t *testing.T) {
	for name, c := range map[string]struct {
		line1  string
		failed int
	}{
		"at once":                    {"1 Main St", 0},
		"after failures":             {"sim:fail_undo_2", 2},
		"after lost replies":         {"sim:lost_undo_2", 2},
		"slowly":                     {"sim:slow_undo_200", 0},
		"when only ships would fail": {"sim:fail_always", 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			o := orderTo(c.line1, "10115")
			fence, failed := settle(t, w.Fence, o)
			require.Equal(t, c.failed, failed)
			require.Equal(t, order.Outcome{Step: order.Fence, Null: true, At: fence.At}, fence)
			again, _ := settle(t, w.Fence, o)
			require.Equal(t, fence, again)
			if c.line1 == "sim:fail_always" {
				return
			}
			_, err := w.Ship(t.Context(), o)
			late := rejected(t, err)
			require.Equal(t, order.Outcome{Step: order.Ship, At: fence.At, Reason: order.Fenced}, late)
			require.Empty(t, w.parcels(t, o.ID))
		})
	}
}

func TestFenceFindsTheParcel(t *testing.T) {
	w := newWorld(t)
	o := orderTo("1 Main St", "10115")
	shipped, err := w.Ship(t.Context(), o)
	require.NoError(t, err)
	fence, err := w.Fence(t.Context(), o)
	require.NoError(t, err)
	shipped.Step = order.Fence
	require.Equal(t, shipped, fence)
}

func TestFenceThatIsRefusedForGoodIsNeverASuccess(t *testing.T) {
	w := newWorld(t)
	o := orderTo("sim:refuse_undo", "10115")
	for range 3 {
		_, err := w.Fence(t.Context(), o)
		require.ErrorContains(t, err, "fence_refused")
	}
}

// hangUp ships and gives up as soon as the carrier has the request.
func (w *world) hangUp(t *testing.T, o order.Order) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	direct, err := shipping.NewHTTP(shipping.Config{URL: w.url + "/", Namespace: "a/b & c", Around: hangup.After("PUT ", cancel)})
	require.NoError(t, err)
	defer direct.Close()
	_, err = direct.Ship(ctx, o)
	require.ErrorIs(t, err, context.Canceled)
}

func TestShipThatHangsTakesEffectThoughNobodyWaits(t *testing.T) {
	w := newWorld(t)
	o := orderTo("sim:slow_200", "10115")
	w.hangUp(t, o)
	require.Eventually(t, func() bool { return len(w.parcels(t, o.ID)) == 1 }, 30*time.Second, 10*time.Millisecond)
	fence, err := w.Fence(t.Context(), o)
	require.NoError(t, err)
	require.False(t, fence.Null)
}

func TestFenceWhileAShipHangsWins(t *testing.T) {
	w := newWorld(t)
	o := orderTo("sim:slow_1000", "10115")
	w.hangUp(t, o)
	fence, err := w.Fence(t.Context(), o)
	require.NoError(t, err)
	require.True(t, fence.Null)
	_, err = w.Ship(t.Context(), o) // returns after the hanging one did
	require.Equal(t, order.Fenced, rejected(t, err).Reason)
	require.Empty(t, w.parcels(t, o.ID))
}

func TestAnotherBodyIsAHardError(t *testing.T) {
	w := newWorld(t)
	o := orderTo("1 Main St", "10115")
	_, err := w.Ship(t.Context(), o)
	require.NoError(t, err)
	o.Email = "eve@example.com"
	_, err = w.Ship(t.Context(), o)
	require.ErrorIs(t, err, order.ErrFingerprint)
	_, err = w.Fence(t.Context(), o)
	require.ErrorIs(t, err, order.ErrFingerprint)
}

func TestShipAndFenceAtOnceAgree(t *testing.T) {
	w := newWorld(t)
	o := orderTo("1 Main St", "10115")
	var both sync.WaitGroup
	var fence order.Outcome
	var shipErr, fenceErr error
	both.Go(func() { _, shipErr = w.Ship(context.Background(), o) })
	both.Go(func() { fence, fenceErr = w.Fence(context.Background(), o) })
	both.Wait()
	require.NoError(t, fenceErr)
	require.Equal(t, shipErr != nil, fence.Null)
	require.Equal(t, !fence.Null, len(w.parcels(t, o.ID)) == 1)
}
