package order_test

import (
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"makegood/order"
)

func sound() order.Request {
	return order.Request{
		CustomerID: "cus_42", Email: "ada@example.com", Currency: "EUR", PaymentMethod: "pm_card_visa",
		Lines:           []order.Line{{SKU: "MUG-BLUE", Quantity: 2, UnitPrice: 1250}},
		ShippingAddress: order.Address{Name: "Ada", Line1: "1 Main St", City: "Berlin", PostalCode: "10115", Country: "DE"},
	}
}

func TestCheck(t *testing.T) {
	tests := []struct {
		name   string
		change func(*order.Request)
		want   string // field of the only error; empty for none
	}{
		{"a sound request has nothing wrong", func(*order.Request) {}, ""},
		{"a total of exactly the maximum is taken", func(r *order.Request) {
			r.Lines = []order.Line{{SKU: "A", Quantity: 1, UnitPrice: order.MaxTotal - 7}, {SKU: "B", Quantity: 7, UnitPrice: 1}}
		}, ""},
		{"a total of one more is refused", func(r *order.Request) {
			r.Lines = []order.Line{{SKU: "A", Quantity: 1, UnitPrice: order.MaxTotal - 7}, {SKU: "B", Quantity: 8, UnitPrice: 1}}
		}, "lines"},
		{"a total that overflows 64 bits is refused", func(r *order.Request) {
			r.Lines = []order.Line{{SKU: "A", Quantity: math.MaxInt64, UnitPrice: 3}}
		}, "lines"},
		{"a free line is taken", func(r *order.Request) { r.Lines[0].UnitPrice = 0 }, ""},
		{"no line is refused", func(r *order.Request) { r.Lines = nil }, "lines"},
		{"a quantity of 0 is refused by its path", func(r *order.Request) { r.Lines[0].Quantity = 0 }, "lines[0].quantity"},
		{"a negative price is refused by its path", func(r *order.Request) { r.Lines[0].UnitPrice = -1 }, "lines[0].unit_price"},
		{"a code that ISO 4217 doesn't have is refused", func(r *order.Request) { r.Currency = "EUX" }, "currency"},
		{"a country that ISO 3166-1 doesn't have is refused", func(r *order.Request) { r.ShippingAddress.Country = "ZZ" }, "shipping_address.country"},
		{"a name beside the address is refused", func(r *order.Request) { r.Email = "Ada <ada@example.com>" }, "email"},
		{"a line break in the address is refused", func(r *order.Request) { r.Email = "ada@example.com\r\nBcc: eve@example.com" }, "email"},
		{"a NUL in the customer is refused", func(r *order.Request) { r.CustomerID = "cus\x0042" }, "customer_id"},
		{"a blank city is refused", func(r *order.Request) { r.ShippingAddress.City = "  " }, "shipping_address.city"},
		{"a line break in an optional line is refused", func(r *order.Request) { r.ShippingAddress.Line2 = "c/o\nEve" }, "shipping_address.line2"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			request := sound()
			test.change(&request)
			got := request.Check()
			if test.want == "" {
				require.Empty(t, got)
				return
			}
			require.Len(t, got, 1)
			require.Equal(t, test.want, got[0].Field)
		})
	}
}

// The sum of what Check lets pass is the mathematical one, and at most MaxTotal.
func TestCheckedTotalsNeverOverflow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		request := sound()
		number := rapid.OneOf(rapid.Int64(), rapid.Int64Range(-1, 20_000))
		request.Lines = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) order.Line {
			return order.Line{SKU: "A", Quantity: number.Draw(t, "quantity"), UnitPrice: number.Draw(t, "price")}
		}), 1, 5).Draw(t, "lines")
		sum, sane := new(big.Int), true
		for _, l := range request.Lines {
			sane = sane && l.Quantity >= 1 && l.UnitPrice >= 0
			sum.Add(sum, new(big.Int).Mul(big.NewInt(l.Quantity), big.NewInt(l.UnitPrice)))
		}
		sane = sane && sum.Cmp(big.NewInt(order.MaxTotal)) <= 0
		if passed := len(request.Check()) == 0; passed != sane {
			t.Fatalf("Check passed: %v, but the total is %s", passed, sum)
		}
		if sane && request.Total().Amount != sum.Int64() {
			t.Fatalf("total %d, want %s", request.Total().Amount, sum)
		}
	})
}
