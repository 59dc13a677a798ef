package main

import (
	"fmt"
	"regexp"
	"strconv"

	"makegood/order"
)

// orderLine is one line of an order as a flag: MUG-BLUE:2@1250.
type orderLine order.Line

// A SKU has neither colon nor at sign. The gateway checks the rest of it.
var orderLinePattern = regexp.MustCompile(`^([^:@\s]+):([0-9]+)@([0-9]+)$`)

func (l *orderLine) UnmarshalText(text []byte) error {
	wrong := fmt.Errorf("%q is no line of an order; write SKU:QUANTITY@UNIT_PRICE with the price in minor units, such as MUG-BLUE:2@1250", text)
	parts := orderLinePattern.FindStringSubmatch(string(text))
	if parts == nil {
		return wrong
	}
	quantity, err := strconv.ParseInt(parts[2], 10, 64)
	if err != nil {
		return wrong
	}
	price, err := strconv.ParseInt(parts[3], 10, 64)
	if err != nil {
		return wrong
	}
	*l = orderLine{SKU: parts[1], Quantity: quantity, UnitPrice: price}
	return nil
}

func (l orderLine) String() string { return fmt.Sprintf("%s:%d@%d", l.SKU, l.Quantity, l.UnitPrice) }
