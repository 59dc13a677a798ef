package api_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/api"
	"makegood/order"
)

// with replaces a part of the sound body.
func with(old, replacement string) string {
	if !strings.Contains(soundBody, old) {
		panic("the sound body has no " + old)
	}
	return strings.Replace(soundBody, old, replacement, 1)
}

func TestMalformedBodiesAreRefusedByTheNameOfTheirField(t *testing.T) {
	tests := []struct {
		name  string
		body  string
		code  int
		field string
		says  string
	}{
		{"an empty body", ``, 400, "body", "is required"},
		{"a body that is no JSON", `customer_id=cus_42`, 400, "body", "must be JSON"},
		{"a body that breaks off", soundBody[:60], 400, "body", "breaks off"},
		{"something after the order", soundBody + `{}`, 400, "body", "nothing after it"},
		{"a trailing comma", with(`"DE"}}`, `"DE",}}`), 400, "body", "must be JSON"},
		{"a body nested deeply", strings.Repeat(`[`, 100_000), 400, "body", "nested deeper"},
		{"a body over 1 MiB", `"` + strings.Repeat("x", 1<<20) + `"`, 413, "body", "at most 1 MiB"},
		{"an array", `[]`, 422, "body", "must be an object"},
		{"null", `null`, 422, "body", "must be an object"},

		{"no customer", with(`"customer_id":"cus_42",`, ``), 422, "customer_id", "is required"},
		{"a null customer", with(`"cus_42"`, `null`), 422, "customer_id", "must be a string"},
		{"a number for the customer", with(`"cus_42"`, `42`), 422, "customer_id", "must be a string"},
		{"an empty customer", with(`"cus_42"`, `""`), 422, "customer_id", "must have a length of at least 1"},
		{"a blank customer", with(`"cus_42"`, `" "`), 422, "customer_id", "must not be blank"},
		{"a long customer", with(`cus_42`, strings.Repeat("c", 256)), 422, "customer_id", "must have a length of at most 255"},
		{"a NUL in the customer", with(`cus_42`, `cus\u0000`), 422, "customer_id", "must not contain control characters"},
		{"bytes that are not UTF-8", with(`cus_42`, "cus\xff"), 422, "customer_id", "must be UTF-8 text"},
		{"half of a surrogate pair", with(`cus_42`, `cus\ud800`), 422, "customer_id", "must be UTF-8 text"},
		{"the customer twice", with(`{"customer_id"`, `{"customer_id":"cus_41","customer_id"`), 422, "customer_id", "must be given once"},
		{"a member in other case", with(`"customer_id"`, `"Customer_ID"`), 422, "Customer_ID", "is not known"},
		{"an unknown member", with(`{"customer_id"`, `{"discount":5,"customer_id"`), 422, "discount", "is not known"},
		{"an unknown member without a name", with(`{"customer_id"`, `{"":5,"customer_id"`), 422, `""`, "is not known"},
		{"an unknown member that looks like a path", with(`"quantity":2`, `"a.b[0":5,"quantity":2`), 422, `lines[0].a\u002eb\u005b0`, "is not known"},
		{"no mail address", with(`ada@example.com`, `ada`), 422, "email", "must be an email address such as ada@example.com"},
		{"a name beside the mail address", with(`ada@example.com`, `Ada <ada@example.com>`), 422, "email", "must be an email address"},
		{"a currency in lower case", with(`EUR`, `eur`), 422, "currency", "must be an ISO 4217 code such as EUR"},
		{"a currency that isn't one", with(`EUR`, `EUX`), 422, "currency", "must be an ISO 4217 code such as EUR"},
		{"no payment method", with(`"payment_method":"pm_card_visa",`, ``), 422, "payment_method", "is required"},

		{"no lines", with(`[{"sku":"MUG-BLUE","quantity":2,"unit_price":1250}]`, `[]`), 422, "lines", "must have at least 1 item"},
		{"null lines", with(`[{"sku":"MUG-BLUE","quantity":2,"unit_price":1250}]`, `null`), 422, "lines", "must be an array"},
		{"101 lines", with(`[{`, `[`+strings.Repeat(`{"sku":"A","quantity":1,"unit_price":1},`, 100)+`{`), 422, "lines", "must have at most 100 items"},
		{"a line that is no object", with(`[{"sku":"MUG-BLUE","quantity":2,"unit_price":1250}]`, `["MUG-BLUE"]`), 422, "lines[0]", "must be an object"},
		{"a line without its SKU", with(`"sku":"MUG-BLUE",`, ``), 422, "lines[0].sku", "is required"},
		{"a SKU with a space", with(`MUG-BLUE`, `MUG BLUE`), 422, "lines[0].sku", "must be letters, digits, dot, dash or underscore, beginning with a letter or digit"},
		{"a SKU that begins with a dash", with(`MUG-BLUE`, `-MUG`), 422, "lines[0].sku", "must be letters, digits, dot, dash or underscore, beginning with a letter or digit"},
		{"an unknown member of a line", with(`"quantity":2`, `"quantity":2,"colour":"blue"`), 422, "lines[0].colour", "is not known"},
		{"a quantity of 0", with(`"quantity":2`, `"quantity":0`), 422, "lines[0].quantity", "must be at least 1"},
		{"a negative quantity", with(`"quantity":2`, `"quantity":-2`), 422, "lines[0].quantity", "must be at least 1"},
		{"a quantity beyond the limit", with(`"quantity":2`, `"quantity":1000001`), 422, "lines[0].quantity", "must be at most 1000000"},
		{"a quantity beyond 64 bits", with(`"quantity":2`, `"quantity":9223372036854775808`), 422, "lines[0].quantity", "must be at most 1000000"},
		{"a quantity beyond all floats", with(`"quantity":2`, `"quantity":1`+strings.Repeat("0", 400)), 422, "lines[0].quantity", "must be at most 1000000"},
		{"a quantity with a fraction", with(`"quantity":2`, `"quantity":1.5`), 422, "lines[0].quantity", "must be a whole number"},
		{"a quantity with an exponent", with(`"quantity":2`, `"quantity":1e3`), 422, "lines[0].quantity", "must be a whole number"},
		{"a quantity as text", with(`"quantity":2`, `"quantity":"2"`), 422, "lines[0].quantity", "must be a whole number"},
		{"the quantity twice", with(`"quantity":2`, `"quantity":2,"quantity":200`), 422, "lines[0].quantity", "must be given once"},
		{"a negative price", with(`1250`, `-1`), 422, "lines[0].unit_price", "must be at least 0"},
		{"a price as a decimal", with(`1250`, `12.50`), 422, "lines[0].unit_price", "must be a whole number"},
		{"a total beyond what Stripe takes", with(`"quantity":2,"unit_price":1250`, `"quantity":2,"unit_price":50000000`), 422, "lines", "must not total more than 99999999"},

		{"no address", with(`"name":"Ada","line1":"1 Main St","city":"Berlin","postal_code":"10115","country":"DE"`, ``), 422, "shipping_address.city", "is required"},
		{"a null address", with(`{"name":"Ada","line1":"1 Main St","city":"Berlin","postal_code":"10115","country":"DE"}`, `null`), 422, "shipping_address", "must be an object"},
		{"no city", with(`"city":"Berlin",`, ``), 422, "shipping_address.city", "is required"},
		{"a country that isn't one", with(`"DE"`, `"ZZ"`), 422, "shipping_address.country", "must be an ISO 3166-1 code such as DE"},
		{"a country's name", with(`"DE"`, `"Germany"`), 422, "shipping_address.country", "must be an ISO 3166-1 code such as DE"},
		{"a line break in the address", with(`1 Main St`, `1 Main St\r\n`), 422, "shipping_address.line1", "must not contain control characters"},
		{"an unknown member of the address", with(`"name":"Ada"`, `"name":"Ada","zip":"1"`), 422, "shipping_address.zip", "is not known"},
	}
	server := gateway(t, slog.DiscardHandler)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			answer := send(server, http.MethodPost, "/v1/orders", test.body)
			require.Equal(t, test.code, answer.Code, answer.Body.String())
			p := problemOf(t, answer)
			said := map[string]string{}
			for _, e := range p.Errors {
				said[e.Field] += e.Message
			}
			require.Contains(t, said, test.field)
			require.Contains(t, said[test.field], test.says)
		})
	}
}

func TestABodyWithManyFaultsGetsAShortAnswer(t *testing.T) {
	lines := strings.Repeat(`{"sku":"","quantity":0,"unit_price":-1},`, 20_000)
	answer := send(gateway(t, slog.DiscardHandler), http.MethodPost, "/v1/orders", with(`[{`, `[`+lines+`{`))
	require.Equal(t, http.StatusUnprocessableEntity, answer.Code)
	require.Len(t, problemOf(t, answer).Errors, 50)
}

func TestHeadersAreRefusedByTheirName(t *testing.T) {
	tests := []struct {
		name    string
		code    int
		field   string
		headers []string
	}{
		{"an empty key", 422, "Idempotency-Key", []string{"Idempotency-Key", ""}},
		{"a key of 256 characters", 422, "Idempotency-Key", []string{"Idempotency-Key", strings.Repeat("k", 256)}},
		{"a key that isn't ASCII", 422, "Idempotency-Key", []string{"Idempotency-Key", "schlüssel"}},
		{"a key with a tab", 422, "Idempotency-Key", []string{"Idempotency-Key", "a\tb"}},
		{"two keys", 422, "Idempotency-Key", []string{"Idempotency-Key", "a", "Idempotency-Key", "b"}},
		{"a form", 415, "Content-Type", []string{"Content-Type", "application/x-www-form-urlencoded"}},
		{"another charset", 415, "Content-Type", []string{"Content-Type", "application/json; charset=latin1"}},
		{"a compressed body", 415, "Content-Encoding", []string{"Content-Encoding", "gzip"}},
		{"XML", 415, "Content-Type", []string{"Content-Type", "text/xml"}},
	}
	server := gateway(t, slog.DiscardHandler)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			answer := send(server, http.MethodPost, "/v1/orders", soundBody, test.headers...)
			require.Equal(t, test.code, answer.Code, answer.Body.String())
			require.Equal(t, test.field, problemOf(t, answer).Errors[0].Field)
		})
	}
}

// FuzzOrderBody sends any bytes through the gateway: a sound order ends as
// sold out, and all others as a problem of the client's.
func FuzzOrderBody(f *testing.F) {
	f.Add([]byte(soundBody))
	f.Add([]byte(`{"lines":[{"quantity":1e400}]}`))
	f.Add([]byte(`{"customer_id":"\ud800","customer_id":"` + "\xff" + `"}`))
	f.Add([]byte(`[[[[[[[[[[[[[[[[[[`))
	server := gateway(f, slog.DiscardHandler)
	f.Fuzz(func(t *testing.T, body []byte) {
		answer := send(server, http.MethodPost, "/v1/orders", string(body))
		p := problemOf(t, answer)
		switch answer.Code {
		case http.StatusConflict:
			var taken order.Request
			require.NoError(t, json.Unmarshal(body, &taken))
			require.Empty(t, taken.Check())
		case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
			require.NotEmpty(t, p.Errors)
			for _, e := range p.Errors {
				require.NotEqual(t, api.FieldProblem{}, e)
				require.NotEmpty(t, e.Field)
				require.NotEmpty(t, e.Message)
			}
		default:
			t.Fatalf("%d: %s", answer.Code, answer.Body)
		}
	})
}
