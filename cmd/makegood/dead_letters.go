package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/alecthomas/kong"

	"makegood/api/client"
	"makegood/events"
	"makegood/order"
)

// DeadLettersCmd is what an operator does with dead letters, over the public
// API.
type DeadLettersCmd struct {
	ClientSettings
	JSON bool `name:"json" help:"Print JSON for scripts: one object a line."`

	List    LettersListCmd    `cmd:"" help:"List events that their consumers could not handle, newest first."`
	Show    LettersShowCmd    `cmd:"" help:"Show a dead letter with its errors and its event."`
	Redrive LettersRedriveCmd `cmd:"" help:"Give dead letters back to their consumers."`
	Discard LettersDiscardCmd `cmd:"" help:"Take dead letters off the list for good."`
}

// letterID is a letter's id on the command line. Only the gateway can judge it,
// but an empty one, of a variable that a script forgot, names another path.
type letterID string

func (id *letterID) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		return errors.New("must not be empty; write one such as email.0b6a1d0c53c6bb1ac6c0a1c7c3a5d2f4")
	}
	*id = letterID(text)
	return nil
}

// letterFilter is which letters a command is about.
type letterFilter struct {
	Consumer string          `placeholder:"NAME" help:"Only letters of this consumer, such as email."`
	Type     order.EventType `placeholder:"TYPE" help:"Only letters of events of this type, such as order.completed."`
	Order    order.ID        `placeholder:"ID" help:"Only letters of this order."`
	Reason   string          `placeholder:"REASON" help:"Only letters that died for this reason: permanent, attempts, delivery_limit or rejected."`
}

func (f letterFilter) filter() client.LetterFilter {
	return client.LetterFilter{Consumer: f.Consumer, Type: f.Type, OrderID: f.Order, Reason: f.Reason}
}

// LettersShowCmd is `makegood dead-letters show`.
type LettersShowCmd struct {
	ID letterID `arg:"" help:"The letter's id."`
}

// Help is the long help.
func (*LettersShowCmd) Help() string {
	return `Examples:

  makegood dead-letters show email.0b6a1d0c53c6bb1ac6c0a1c7c3a5d2f4
  makegood dead-letters show email.0b6a1d0c53c6bb1ac6c0a1c7c3a5d2f4 --json | jq .event.data

The event holds personal data, the customer's mail address for one.`
}

// Run prints the letter.
func (c *LettersShowCmd) Run(ctx context.Context, k *kong.Kong, letters *DeadLettersCmd) error {
	l, err := letters.client().DeadLetter(ctx, string(c.ID))
	if err != nil {
		return err
	}
	if letters.JSON {
		return printJSON(k.Stdout, l)
	}
	return printLetter(k.Stdout, l)
}

// reasons says what each means.
var reasons = map[string]string{
	events.DeadPermanent:     "its consumer knows that no attempt will do",
	events.DeadAttempts:      "every attempt failed",
	events.DeadDeliveryLimit: "nobody acknowledged it, most likely it kills its consumer",
	events.DeadRejected:      "its consumer rejected it without saying why",
}

func printLetter(out io.Writer, l client.WholeLetter) error {
	w := table(out)
	fmt.Fprintf(w, "letter\t%s\n", l.ID)
	fmt.Fprintf(w, "state\t%s\n", l.State)
	fmt.Fprintf(w, "consumer\t%s\n", l.Consumer)
	if l.Type == "" {
		fmt.Fprintln(w, "event\tnone: what came is no event of ours")
	} else {
		fmt.Fprintf(w, "event\t%s of order %s\n", l.Type, l.OrderID)
	}
	fmt.Fprintf(w, "reason\t%s (attempts: %d): %s\n", l.Reason, l.Attempts, reasons[l.Reason])
	fmt.Fprintf(w, "first\t%s  %s\n", clock(l.FirstAt), l.FirstError)
	fmt.Fprintf(w, "last\t%s  %s\n", clock(l.LastAt), l.LastError)
	if l.By != "" {
		fmt.Fprintf(w, "discarded\t%s  by %s: %s\n", clock(*l.ClosedAt), l.By, l.Why)
	} else if l.ClosedAt != nil {
		fmt.Fprintf(w, "redriven\t%s\n", clock(*l.ClosedAt))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	var event bytes.Buffer
	if json.Indent(&event, l.Event, "", "  ") == nil {
		fmt.Fprintf(out, "\n%s\n", event.String())
	} else if len(l.Raw) > 0 {
		fmt.Fprintf(out, "\nno JSON: %q\n", l.Raw)
	}
	return nil
}
