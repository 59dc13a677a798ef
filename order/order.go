package order

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"
)

// ID names an order everywhere: it is the workflow id, the subject of the
// events and the reference that providers keep.
type ID string

// IDFromKey derives the id from an Idempotency-Key, so that the same key names
// the same order on every gateway, without a table of keys.
func IDFromKey(key string) ID {
	sum := sha256.Sum256([]byte("makegood/idempotency-key/" + key))
	text := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:16])
	return ID("ord_" + strings.ToLower(text))
}

// Request is what a shop asks for: the body of POST /v1/orders.
type Request struct {
	CustomerID      string  `json:"customer_id" minLength:"1" maxLength:"255" example:"cus_42" doc:"The shop's own id of the customer"`
	Email           string  `json:"email" format:"email" maxLength:"254" example:"ada@example.com" doc:"Where receipts and refund notices go"`
	Currency        string  `json:"currency" pattern:"^[A-Z]{3}$" patternDescription:"an ISO 4217 code such as EUR" example:"EUR" doc:"ISO 4217"`
	PaymentMethod   string  `json:"payment_method" minLength:"1" maxLength:"255" example:"pm_card_visa" doc:"The payment provider's id of the payment method"`
	Lines           []Line  `json:"lines" minItems:"1" maxItems:"100" nullable:"false" doc:"What is bought; lines of one SKU are added up"`
	ShippingAddress Address `json:"shipping_address"`
}

// Line is one position of an order.
type Line struct {
	SKU       string `json:"sku" minLength:"1" maxLength:"100" pattern:"^[A-Za-z0-9][A-Za-z0-9._-]*$" patternDescription:"letters, digits, dot, dash or underscore, beginning with a letter or digit" example:"MUG-BLUE"`
	Quantity  int64  `json:"quantity" minimum:"1" maximum:"1000000" example:"2"`
	UnitPrice int64  `json:"unit_price" minimum:"0" maximum:"99999999" example:"1250" doc:"In the currency's minor unit"`
}

// Address is where the parcel goes.
type Address struct {
	Name       string `json:"name" minLength:"1" maxLength:"200" example:"Ada"`
	Line1      string `json:"line1" minLength:"1" maxLength:"200" example:"1 Main St"`
	Line2      string `json:"line2,omitempty" maxLength:"200"`
	City       string `json:"city" minLength:"1" maxLength:"200" example:"Berlin"`
	State      string `json:"state,omitempty" maxLength:"200"`
	PostalCode string `json:"postal_code" minLength:"1" maxLength:"20" example:"10115"`
	Country    string `json:"country" pattern:"^[A-Z]{2}$" patternDescription:"an ISO 3166-1 code such as DE" example:"DE"`
}

// Order is an accepted request. PlacedAt and Traceparent are set once by the
// gateway and never by an attempt, so that a repeated event is the same bytes.
type Order struct {
	ID          ID        `json:"id"`
	PlacedAt    time.Time `json:"placed_at"`
	Traceparent string    `json:"traceparent,omitempty"`
	Request
}

// Total is the sum of all lines.
func (r Request) Total() Money {
	var sum int64
	for _, l := range r.Lines {
		sum += l.Quantity * l.UnitPrice
	}
	return Money{Amount: sum, Currency: r.Currency}
}

// Quantities adds up the lines of each SKU, in the order in which the SKUs
// first appear. Two lines of one SKU are one demand on its stock.
func (r Request) Quantities() []Line {
	at := make(map[string]int, len(r.Lines))
	var sums []Line
	for _, l := range r.Lines {
		i, seen := at[l.SKU]
		if !seen {
			i = len(sums)
			at[l.SKU] = i
			sums = append(sums, Line{SKU: l.SKU})
		}
		sums[i].Quantity += l.Quantity
	}
	return sums
}

// Fingerprint identifies the parsed request: spacing and the order of members
// in the body don't matter. Every effect keeps it beside its idempotency key.
func (r Request) Fingerprint() string {
	text, err := json.Marshal(r)
	if err != nil {
		panic(err) // strings and integers always marshal
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}
