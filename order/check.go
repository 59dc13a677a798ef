package order

import (
	"fmt"
	"net/mail"
	"strings"
	"unicode"
)

// FieldError says what is wrong with one member of a request, named as a
// path: lines[0].quantity.
type FieldError struct {
	Field   string
	Message string
}

func (e FieldError) Error() string { return e.Field + " " + e.Message }

// Check returns what makes the request impossible to fulfil. The saga's
// arithmetic rests on it: quantities are at least 1, prices at least 0, the
// total is at most MaxTotal and so never overflows.
func (r Request) Check() []FieldError {
	var c checker
	c.customer(r)
	if !IsCurrency(r.Currency) {
		c.refuse("currency", "must be an ISO 4217 code such as EUR")
	}
	c.text("payment_method", r.PaymentMethod)
	c.address(r.ShippingAddress)
	c.lines(r.Lines)
	return c.errors
}

type checker struct{ errors []FieldError }

func (c *checker) refuse(field, message string) {
	c.errors = append(c.errors, FieldError{Field: field, Message: message})
}

func (c *checker) customer(r Request) {
	c.text("customer_id", r.CustomerID)
	// ParseAddress also takes `Ada <ada@example.com>`, which is no bare address.
	address, err := mail.ParseAddress(r.Email)
	if err != nil || address.Address != r.Email || strings.ContainsFunc(r.Email, unicode.IsSpace) {
		c.refuse("email", "must be an email address such as ada@example.com")
	}
}

func (c *checker) address(a Address) {
	c.text("shipping_address.name", a.Name)
	c.text("shipping_address.line1", a.Line1)
	c.optional("shipping_address.line2", a.Line2)
	c.text("shipping_address.city", a.City)
	c.optional("shipping_address.state", a.State)
	c.text("shipping_address.postal_code", a.PostalCode)
	if !IsCountry(a.Country) {
		c.refuse("shipping_address.country", "must be an ISO 3166-1 code such as DE")
	}
}

func (c *checker) lines(lines []Line) {
	if len(lines) == 0 {
		c.refuse("lines", "must have at least 1 item")
	}
	total, countable := int64(0), true
	for i, l := range lines {
		field := fmt.Sprintf("lines[%d].", i)
		c.text(field+"sku", l.SKU)
		if l.Quantity < 1 {
			c.refuse(field+"quantity", "must be at least 1")
		}
		if l.UnitPrice < 0 {
			c.refuse(field+"unit_price", "must be at least 0")
		}
		if l.Quantity < 1 || l.UnitPrice < 0 {
			countable = false
			continue
		}
		// Compared by division, so that no product overflows.
		if l.UnitPrice > 0 && l.Quantity > (MaxTotal-total)/l.UnitPrice {
			c.refuse("lines", fmt.Sprintf("must not total more than %d, the sum of quantity times unit_price", MaxTotal))
			return
		}
		if countable {
			total += l.Quantity * l.UnitPrice
		}
	}
}

// text refuses what no customer, address or product is called: nothing but
// spaces, and control characters, which PostgreSQL (NUL) and mail headers
// (line breaks) can't hold.
func (c *checker) text(field, value string) {
	if strings.TrimSpace(value) == "" {
		c.refuse(field, "must not be blank")
		return
	}
	c.optional(field, value)
}

func (c *checker) optional(field, value string) {
	if strings.ContainsFunc(value, unicode.IsControl) {
		c.refuse(field, "must not contain control characters")
	}
}
