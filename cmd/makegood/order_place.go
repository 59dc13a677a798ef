package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/alecthomas/kong"

	"makegood/api/client"
	"makegood/order"
)

// OrderPlaceCmd is `makegood order place`. Its defaults are the sample order's
// of the documentation.
type OrderPlaceCmd struct {
	SKU  []orderLine `name:"sku" sep:"none" xor:"what" placeholder:"SKU:QUANTITY@UNIT_PRICE" help:"One line of the order, its price in minor units: MUG-BLUE:2@1250. Repeat it for more."`
	File string      `xor:"what" placeholder:"FILE" help:"Read the whole order as JSON from a file, or from standard input if it is -. The flags below are not looked at then."`

	Customer      string `default:"cus_42" help:"The shop's id of the customer." group:"The order"`
	Email         string `default:"ada@example.com" help:"Where mail goes." group:"The order"`
	Currency      string `default:"EUR" help:"ISO 4217 code." group:"The order"`
	PaymentMethod string `default:"pm_card_visa" help:"The payment provider's id; pm_card_chargeDeclined is declined." group:"The order"`
	Name          string `default:"Ada" help:"Who gets the parcel." group:"The order"`
	Line1         string `name:"line1" default:"1 Main St" help:"Street and number." group:"The order"`
	Line2         string `name:"line2" help:"More of the street." group:"The order"`
	City          string `default:"Berlin" help:"City." group:"The order"`
	State         string `help:"State or province." group:"The order"`
	PostalCode    string `default:"10115" help:"Postal code; the simulated carrier can't deliver to 00000." group:"The order"`
	Country       string `default:"DE" help:"ISO 3166-1 code." group:"The order"`

	Key  string        `placeholder:"KEY" help:"Idempotency key: the same key and order are placed once, however often you run this."`
	Wait time.Duration `default:"10s" help:"How long to wait for a final status, at most 60s; 0s doesn't wait."`
}

// Help is the long help.
func (*OrderPlaceCmd) Help() string {
	return `Examples:

  makegood order place --sku MUG-BLUE:2@1250
  makegood order place --sku MUG-BLUE:2@1250 --payment-method pm_card_chargeDeclined
  makegood order place --sku MUG-BLUE:1@1250 --sku POT:1@3900 --key cart-7f3a --wait 0s
  makegood order place --file order.json
  jq '.lines[0].quantity = 3' order.json | makegood order place --file - --json

It prints the order's id and status and ends with 0 if the order was taken, also if it is rejected later. An order that the stock can't fill is not taken, nor one that comes while the gateway has too many under way: the error then says overloaded, nothing was started, and you may run it again.`
}

// Run places the order.
func (c *OrderPlaceCmd) Run(ctx context.Context, k *kong.Kong, orders *OrderCmd) error {
	request, err := c.request(os.Stdin)
	if err != nil {
		return err
	}
	placed, err := orders.client().Place(ctx, request, c.Key, c.Wait)
	if err != nil {
		return err
	}
	return orders.print(k.Stdout, placed, orders.reason(ctx, placed))
}

// reason is why a placed order ended as it did, for a person to read. It is
// empty where it isn't known: the order was taken all the same.
func (o *OrderCmd) reason(ctx context.Context, placed client.Placed) order.Reason {
	if o.JSON || !placed.Status.Final() || placed.Status == order.Completed {
		return ""
	}
	found, err := o.client().Get(ctx, placed.ID)
	if err != nil {
		return ""
	}
	return found.Reason
}

func (c *OrderPlaceCmd) request(stdin io.Reader) (order.Request, error) {
	switch {
	case len(c.SKU) > 0:
		return c.fromFlags(), nil
	case c.File == "":
		return order.Request{}, errors.New("order of nothing: give --sku SKU:QUANTITY@UNIT_PRICE, or --file FILE")
	case c.File == "-":
		return readOrder("standard input", stdin)
	default:
		file, err := os.Open(c.File)
		if err != nil {
			return order.Request{}, err
		}
		defer func() { _ = file.Close() }()
		return readOrder(c.File, file)
	}
}

func (c *OrderPlaceCmd) fromFlags() order.Request {
	request := order.Request{
		CustomerID: c.Customer, Email: c.Email, Currency: c.Currency, PaymentMethod: c.PaymentMethod,
		ShippingAddress: order.Address{
			Name: c.Name, Line1: c.Line1, Line2: c.Line2, City: c.City, State: c.State,
			PostalCode: c.PostalCode, Country: c.Country,
		},
	}
	for _, l := range c.SKU {
		request.Lines = append(request.Lines, order.Line(l))
	}
	return request
}

// readOrder reads exactly one order. It refuses a member that the API doesn't
// know, which would be lost on the way there.
func readOrder(name string, from io.Reader) (order.Request, error) {
	var request order.Request
	decoder := json.NewDecoder(from)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&request); err != nil {
		return order.Request{}, fmt.Errorf("read order from %s: %w", name, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return order.Request{}, fmt.Errorf("read order from %s: something follows the order", name)
	}
	return request, nil
}
