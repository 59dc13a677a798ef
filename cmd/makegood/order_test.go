package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/require"

	"makegood/api/client"
	"makegood/order"
)

// operator is the part of the command line that speaks to the gateway.
type operator struct {
	Order OrderCmd `cmd:""`
	Stock StockCmd `cmd:""`

	DeadLetters DeadLettersCmd `cmd:""`
}

func parse(t testing.TB, stdout *bytes.Buffer, args ...string) (*operator, *kong.Context, error) {
	t.Helper()
	var cli operator
	parser, err := kong.New(&cli, kong.Name("makegood"), kong.Writers(stdout, stdout),
		kong.BindTo(t.Context(), (*context.Context)(nil)), kong.Exit(func(int) {}))
	require.NoError(t, err)
	command, err := parser.Parse(args)
	return &cli, command, err
}

func TestPlaceReadsTheOrderFromFlags(t *testing.T) {
	cli, _, err := parse(t, new(bytes.Buffer), "order", "place", "--sku", "MUG-BLUE:2@1250", "--sku=POT:1@0", "--postal-code", "00000")
	require.NoError(t, err)
	got, err := cli.Order.Place.request(nil)
	require.NoError(t, err)
	require.Empty(t, got.Check())
	require.Equal(t, order.Request{
		CustomerID: "cus_42", Email: "ada@example.com", Currency: "EUR", PaymentMethod: "pm_card_visa",
		Lines:           []order.Line{{SKU: "MUG-BLUE", Quantity: 2, UnitPrice: 1250}, {SKU: "POT", Quantity: 1}},
		ShippingAddress: order.Address{Name: "Ada", Line1: "1 Main St", City: "Berlin", PostalCode: "00000", Country: "DE"},
	}, got)
}

const sample = `{"customer_id":"cus_42","email":"ada@example.com","currency":"EUR","payment_method":"pm_card_visa",
 "lines":[{"sku":"MUG-BLUE","quantity":2,"unit_price":1250}],
 "shipping_address":{"name":"Ada","line1":"1 Main St","city":"Berlin","postal_code":"10115","country":"DE"}}`

func TestPlaceReadsTheOrderFromAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "order.json")
	require.NoError(t, os.WriteFile(file, []byte(sample), 0o600))
	tests := []struct {
		name, file, stdin string
		wrong             string
	}{
		{"a file holds one order", file, "", ""},
		{"a dash is standard input", "-", sample + "\n", ""},
		{"a file that isn't there", file + ".bak", "", "no such file"},
		{"a member that the API doesn't know", "-", `{"customer":"cus_42"}`, `read order from standard input: json: unknown field "customer"`},
		{"a second order", "-", sample + sample, "something follows the order"},
		{"nothing", "-", "", "read order from standard input: EOF"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			cli, _, err := parse(t, new(bytes.Buffer), "order", "place", "--file", test.file)
			require.NoError(t, err)
			got, err := cli.Order.Place.request(strings.NewReader(test.stdin))
			if test.wrong != "" {
				require.ErrorContains(t, err, test.wrong)
				return
			}
			require.NoError(t, err)
			require.Empty(t, got.Check())
			require.Equal(t, int64(2500), got.Total().Amount)
		})
	}
}

func TestOrderArgumentsThatAreRefused(t *testing.T) {
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"an order of nothing", []string{"order", "place"}, "order of nothing: give --sku"},
		{"an order from both a file and flags", []string{"order", "place", "--file", "-", "--sku", "A:1@1"}, "can't be used together"},
		{"a line without a price", []string{"order", "place", "--sku", "A:1"}, `"A:1" is no line of an order; write SKU:QUANTITY@UNIT_PRICE`},
		{"a gateway that is no URL", []string{"order", "get", "ord_1", "--api-url", "localhost:8080"}, "no http:// or https:// URL"},
		{"no id", []string{"order", "get"}, `expected "<id>"`},
		{"an empty id", []string{"order", "get", ""}, "<id>: must not be empty"},
		{"an empty id to cancel", []string{"order", "cancel", ""}, "<id>: must not be empty"},
		{"an empty SKU", []string{"stock", "get", ""}, "<sku>: must not be empty"},
		{"an empty letter", []string{"dead-letters", "show", ""}, "<id>: must not be empty"},
		{"a redrive of nothing", []string{"dead-letters", "redrive"}, "nothing to redrive: give ids, filters such as --consumer email, or --all"},
		{"a redrive of one and all", []string{"dead-letters", "redrive", "email.1", "--all"}, "give ids, or --all, or filters"},
		{"a letter discarded by nobody", []string{"dead-letters", "discard", "email.1"}, "missing flags: --by=WHO, --reason=WHY"},
		{"a step settled by nobody", []string{"order", "settle", "ord_1", "--step", "refund"}, "missing flags: --by=WHO, --note=WHY, --reference=REFERENCE"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, command, err := parse(t, new(bytes.Buffer), test.args...)
			if err == nil {
				err = command.Run()
			}
			require.ErrorContains(t, err, test.want)
		})
	}
}

func TestGetSaysWhatAPersonCanDo(t *testing.T) {
	tests := []struct {
		name  string
		waits *client.Attention
		says  []string
	}{
		{"a refund that was refused", &client.Attention{Step: order.Refund, Detail: "card closed"}, []string{
			": refund\n", "because    card closed\n", "\n  makegood order retry ord_1\n",
			"\n  makegood order settle ord_1 --step refund --by WHO --note WHY --reference REFERENCE\n",
		}},
		{"a fence, which is settled as ship", &client.Attention{Step: order.Fence}, []string{
			": fence\n", "because    it takes long", "settle ord_1 --step ship ",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var out bytes.Buffer
			require.NoError(t, printOrder(&out, client.Order{ID: "ord_1", Status: order.NeedsAttention, Attention: test.waits}))
			for _, say := range test.says {
				require.Contains(t, out.String(), say)
			}
		})
	}
	var out bytes.Buffer
	require.NoError(t, printOrder(&out, client.Order{ID: "ord_1", Status: order.Completed}))
	require.NotContains(t, out.String(), "makegood order")
}

func TestOrderLine(t *testing.T) {
	tests := []struct {
		name, text string
		want       orderLine // zero: refused
	}{
		{"SKU, quantity and price", "MUG-BLUE:2@1250", orderLine{SKU: "MUG-BLUE", Quantity: 2, UnitPrice: 1250}},
		{"what only the gateway can judge passes", "*:0@0", orderLine{SKU: "*"}},
		{"no quantity", "MUG@1250", orderLine{}},
		{"no price", "MUG:2", orderLine{}},
		{"no SKU", ":2@1250", orderLine{}},
		{"a negative quantity", "MUG:-2@1250", orderLine{}},
		{"a price with decimals", "MUG:2@12.50", orderLine{}},
		{"a number beyond 64 bits", "MUG:99999999999999999999@1", orderLine{}},
		{"two lines in one", "A:1@1,B:1@1", orderLine{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got orderLine
			err := got.UnmarshalText([]byte(test.text))
			require.Equal(t, test.want, got)
			require.Equal(t, test.want == orderLine{}, err != nil)
		})
	}
}

// A line that is taken is written as it was read, but for leading zeros.
func FuzzOrderLine(f *testing.F) {
	f.Add("MUG-BLUE:2@1250")
	f.Add("A:01@0")
	f.Add(":@")
	f.Fuzz(func(t *testing.T, text string) {
		var line, again orderLine
		if line.UnmarshalText([]byte(text)) != nil {
			return
		}
		require.NotEmpty(t, line.SKU)
		require.GreaterOrEqual(t, line.Quantity, int64(0))
		require.GreaterOrEqual(t, line.UnitPrice, int64(0))
		require.True(t, strings.HasPrefix(text, line.SKU+":"))
		require.NoError(t, again.UnmarshalText([]byte(line.String())))
		require.Equal(t, line, again)
	})
}

func TestHelpShowsExamples(t *testing.T) {
	for _, command := range []string{"order place", "order list", "order settle", "stock get", "stock set", "stock adjust", "stock audit", "stock holds", "stock list", "stock import", "stock watch", "dead-letters list", "dead-letters show", "dead-letters redrive", "dead-letters discard"} {
		t.Run(command, func(t *testing.T) {
			out := new(bytes.Buffer)
			_, _, _ = parse(t, out, append(strings.Fields(command), "--help")...)
			require.Contains(t, out.String(), "\n    makegood "+command+" ")
		})
	}
}
