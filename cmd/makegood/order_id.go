package main

import (
	"errors"

	"makegood/order"
)

// orderID is an order's id on the command line. Only the gateway can judge it,
// but an empty one, of a variable that a script forgot, names another path.
type orderID order.ID

func (id *orderID) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		return errors.New("must not be empty; write one such as ord_ifaq4ymuaebagbafaydqqcikbm")
	}
	*id = orderID(text)
	return nil
}
