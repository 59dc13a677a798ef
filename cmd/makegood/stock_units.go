package main

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"

	"github.com/alecthomas/kong"
)

var negative = regexp.MustCompile(`^-[0-9]+$`)

// stockSKU is a SKU on the command line. A negative number after it is an
// argument: kong would look for a flag -3 otherwise, and ask for "-- -3".
type stockSKU string

// Decode takes the SKU and vouches for a number that follows.
func (s *stockSKU) Decode(ctx *kong.DecodeContext) error {
	if err := ctx.Scan.PopValueInto("sku", s); err != nil {
		return err
	}
	if *s == "" {
		return errors.New("must not be empty; write one such as MUG-BLUE")
	}
	if next, ok := ctx.Scan.Peek().Value.(string); ok && negative.MatchString(next) {
		ctx.Scan.Pop()
		ctx.Scan.PushTyped(next, kong.PositionalArgumentToken)
	}
	return nil
}

// stockUnits is a number of units with or without a sign.
type stockUnits int64

func (u *stockUnits) UnmarshalText(text []byte) error {
	units, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil {
		return fmt.Errorf("%q is no number of units; write one such as 12 or -3", text)
	}
	*u = stockUnits(units)
	return nil
}
