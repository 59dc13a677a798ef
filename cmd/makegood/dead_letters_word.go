package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/alecthomas/kong"

	"makegood/api/client"
)

// LettersRedriveCmd is `makegood dead-letters redrive`.
type LettersRedriveCmd struct {
	IDs []letterID `arg:"" optional:"" name:"id" help:"The letters' ids; else --all or filters."`
	letterFilter
	All bool `help:"Every dead letter."`
}

// Help is the long help.
func (*LettersRedriveCmd) Help() string {
	return `Examples:

  makegood dead-letters redrive email.0b6a1d0c53c6bb1ac6c0a1c7c3a5d2f4
  makegood dead-letters redrive --consumer email --reason attempts
  makegood dead-letters redrive --all

Mend the cause first. The command ends once it is recorded: a consumer gets its events under the same ids once it and the broker are there, and what had taken effect is not repeated. An event that fails again is a dead letter again. It is safe to repeat.`
}

// Run asks for it and prints how the letters stand, or how many there were.
func (c *LettersRedriveCmd) Run(ctx context.Context, k *kong.Kong, letters *DeadLettersCmd) error {
	filter := c.filter()
	filtered := filter != (client.LetterFilter{})
	switch {
	case len(c.IDs) > 0 && (c.All || filtered), c.All && filtered:
		return errors.New("give ids, or --all, or filters")
	case len(c.IDs) == 0 && !c.All && !filtered:
		return errors.New("nothing to redrive: give ids, filters such as --consumer email, or --all")
	}
	for _, id := range c.IDs {
		l, err := letters.client().Redrive(ctx, string(id))
		if err != nil {
			return err
		}
		if err := letters.print(k.Stdout, l); err != nil {
			return err
		}
	}
	if len(c.IDs) > 0 {
		return nil
	}
	count := 0
	for cursor := ""; ; {
		n, next, err := letters.client().RedriveAll(ctx, filter, cursor)
		if err != nil {
			return err
		}
		count += n
		if cursor = next; cursor == "" {
			break
		}
	}
	if letters.JSON {
		return printJSON(k.Stdout, map[string]int{"count": count})
	}
	_, err := fmt.Fprintf(k.Stdout, "%d dead letters are redriving\n", count)
	return err
}

// LettersDiscardCmd is `makegood dead-letters discard`.
type LettersDiscardCmd struct {
	IDs    []letterID `arg:"" name:"id" help:"The letters' ids."`
	By     string     `required:"" placeholder:"WHO" help:"Who discards them."`
	Reason string     `required:"" placeholder:"WHY" help:"Why, and what was done instead."`
}

// Help is the long help.
func (*LettersDiscardCmd) Help() string {
	return `Example:

  makegood dead-letters discard email.0b6a1d0c53c6bb1ac6c0a1c7c3a5d2f4 --by ada --reason "no such address; told the customer by phone"

Their consumer never gets these events. Who and why is in the gateway's log, and for 30 days in 'dead-letters show' and 'dead-letters list --state discarded --json'. It is safe to repeat.`
}

// Run discards them and prints how they stand.
func (c *LettersDiscardCmd) Run(ctx context.Context, k *kong.Kong, letters *DeadLettersCmd) error {
	for _, id := range c.IDs {
		l, err := letters.client().Discard(ctx, string(id), c.By, c.Reason)
		if err != nil {
			return err
		}
		if err := letters.print(k.Stdout, l); err != nil {
			return err
		}
	}
	return nil
}

func (d *DeadLettersCmd) print(out io.Writer, l client.Letter) error {
	if d.JSON {
		return printJSON(out, l)
	}
	_, err := fmt.Fprintf(out, "%s  %s\n", l.ID, l.State)
	return err
}
