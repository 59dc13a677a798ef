package faults_test

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/order"
	"makegood/tests/harness"
)

// scripted is the text by which a request to Redis calls one of the stock's scripts.
func scripted(t *testing.T, name string) string {
	t.Helper()
	source, err := os.ReadFile(filepath.Join("..", "..", "inventory", "scripts", name+".lua"))
	require.NoError(t, err)
	sum := sha1.Sum(source)
	return hex.EncodeToString(sum[:])
}

// Of a SKU with one unit left, the reply of the reservation is lost: the order
// that took the unit is the one that gets it.
func TestTheLastUnitGoesToTheOrderThatTookIt(t *testing.T) {
	t.Parallel()
	for _, admission := range []string{"on", "off"} {
		t.Run("with admission "+admission, func(t *testing.T) {
			t.Parallel()
			s := harness.New(t, harness.Setting("ADMISSION", admission))
			teach(t, s)
			for _, times := range []int{1, 6} { // Redis' client asks four times by itself
				sku := fmt.Sprintf("LAST-%d", times)
				_, err := s.API.SetStock(t.Context(), sku, 1, "", "")
				require.NoError(t, err)
				before := s.ToRedis.Swallowed()
				s.ToRedis.SwallowReplyTo(scripted(t, "reserve"), times)
				request := harness.Sample()
				request.Lines = []order.Line{{SKU: sku, Quantity: 1, UnitPrice: 2500}}

				placed, err := s.API.Place(t.Context(), request, "took "+sku, 30*time.Second)

				require.NoError(t, err)
				require.Equal(t, order.Completed, s.Final(t, placed.ID).Status)
				require.Equal(t, before+times, s.ToRedis.Swallowed(), "replies were lost")
				level, err := s.API.Stock(t.Context(), sku)
				require.NoError(t, err)
				require.Zero(t, level.OnHand)

				late, err := s.API.Place(t.Context(), request, "late for "+sku, 30*time.Second)
				if admission == "on" {
					require.ErrorContains(t, err, "out_of_stock")
					continue
				}
				require.NoError(t, err)
				require.Equal(t, order.OutOfStock, s.Final(t, late.ID).Reason)
			}
			s.RequireSound(t)
		})
	}
}

// Each effect of a saga is taken, and nobody hears of it, once or until the
// client that asked gives up and the activity is tried again.
func TestALostReplyIsHeardAgain(t *testing.T) {
	t.Parallel()
	s := harness.New(t, harness.Setting("ADMISSION", "off"))
	teach(t, s)
	for _, row := range []struct {
		name   string
		link   *harness.Link
		text   string
		change func(*order.Request)
		ends   order.Status
	}{
		{"of a new intent", s.ToSimulators, "POST /stripe/v1/payment_intents HTTP", ships, order.Completed},
		{"of the confirm", s.ToSimulators, "/confirm HTTP", ships, order.Completed},
		{"of a declined confirm", s.ToSimulators, "/confirm HTTP", isDeclined, order.Rejected},
		{"of a declined intent's cancellation", s.ToSimulators, "/cancel HTTP", isDeclined, order.Rejected},
		{"of the reservation", s.ToRedis, scripted(t, "reserve"), ships, order.Completed},
		{"of a shortage", s.ToRedis, scripted(t, "reserve"), isSoldOut, order.Rejected},
		{"of the shipment", s.ToSimulators, "PUT /carrier/shipments/", ships, order.Completed},
		{"of a refused shipment", s.ToSimulators, "PUT /carrier/shipments/", isUndeliverable, order.Rejected},
		{"of the commit", s.ToRedis, scripted(t, "commit"), ships, order.Completed},
		{"of the release", s.ToRedis, scripted(t, "release"), isUndeliverable, order.Rejected},
		{"of the refund", s.ToSimulators, "POST /stripe/v1/refunds HTTP", isUndeliverable, order.Rejected},
	} {
		for _, times := range []int{1, 3} {
			t.Run(fmt.Sprintf("%s, %d times", row.name, times), func(t *testing.T) {
				request := harness.Sample()
				row.change(&request)
				before := row.link.Swallowed()
				row.link.SwallowReplyTo(row.text, times)

				placed, err := s.API.Place(t.Context(), request, t.Name(), 0)

				require.NoError(t, err)
				require.Equal(t, row.ends, s.Final(t, placed.ID).Status)
				// An attempt that finds the effect in place does not ask for it again.
				require.Greater(t, row.link.Swallowed(), before, "replies were lost")
				row.link.Mend(t.Context())
				books, err := s.Books(t.Context())
				require.NoError(t, err)
				of := books.Of(placed.ID)
				require.Len(t, of.Intents, 1)
				require.LessOrEqual(t, len(of.Refunds), 1)
				require.LessOrEqual(t, len(of.Parcels), 1)
			})
		}
	}
	s.RequireSound(t)
}

func ships(*order.Request)             {}
func isDeclined(r *order.Request)      { r.PaymentMethod = "pm_card_chargeDeclined" }
func isSoldOut(r *order.Request)       { r.Lines[0].Quantity, r.Lines[0].UnitPrice = 2500, 1 }
func isUndeliverable(r *order.Request) { r.ShippingAddress.PostalCode = "00000" }

// teach fills the shelf and has every script of the stock known to Redis: the
// first call of one is answered that it isn't, and that reply is none to lose.
func teach(t *testing.T, s *harness.System) {
	t.Helper()
	_, err := s.API.SetStock(t.Context(), "MUG-BLUE", 1000, "", "")
	require.NoError(t, err)
	for _, change := range []func(*order.Request){ships, isUndeliverable} {
		request := harness.Sample()
		change(&request)
		placed, err := s.API.Place(t.Context(), request, "", 0)
		require.NoError(t, err)
		s.Final(t, placed.ID)
	}
}
