package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/alecthomas/kong"

	"makegood/api/client"
)

// LettersListCmd is `makegood dead-letters list`.
type LettersListCmd struct {
	letterFilter
	State string `placeholder:"STATE" help:"Only letters in this state: dead, redriving, redriven or discarded. Without it, those that are dead or redriving."`
	Limit int    `default:"20" help:"How many at most."`
	All   bool   `help:"All of them, whatever --limit says."`
}

// Help is the long help.
func (*LettersListCmd) Help() string {
	return `Examples:

  makegood dead-letters list
  makegood dead-letters list --consumer email --reason attempts --all
  makegood dead-letters list --state discarded --json | jq -r '.discarded_by + ": " + .discarded_why'`
}

// Run prints page after page as they come.
func (c *LettersListCmd) Run(ctx context.Context, k *kong.Kong, letters *DeadLettersCmd) error {
	if c.Limit < 1 {
		return errors.New("--limit must be at least 1")
	}
	const longestPage = 100
	cursor := ""
	for left, first := c.Limit, true; c.All || left > 0; first = false {
		size := longestPage
		if !c.All {
			size = min(left, longestPage)
		}
		page, err := letters.client().ListDeadLetters(ctx, c.filter(), c.State, cursor, size)
		if err != nil {
			return err
		}
		if err := letters.printPage(k, page.Items, first); err != nil {
			return err
		}
		if first && len(page.Items) == 0 && !letters.JSON {
			fmt.Fprintln(k.Stderr, "no such dead letter")
		}
		left -= len(page.Items)
		if cursor = page.NextCursor; cursor == "" {
			return nil
		}
	}
	if !letters.JSON {
		fmt.Fprintln(k.Stderr, "there are more: give --all or a larger --limit")
	}
	return nil
}

// printPage keeps columns that are as wide on every page as on the first: for
// the longest of each that our own consumers have, such as a letter of what is
// no event, webhook.body-….
func (d *DeadLettersCmd) printPage(k *kong.Kong, items []client.Letter, first bool) error {
	const row = "%-45s  %-9s  %-14s  %-21s  %-30s  %-19s  %s\n"
	if first && !d.JSON {
		fmt.Fprintf(k.Stdout, row, "LETTER", "STATE", "REASON", "TYPE", "ORDER", "LAST FAILED", "ERROR")
	}
	for _, l := range items {
		var err error
		if d.JSON {
			err = printJSON(k.Stdout, l)
		} else {
			_, err = fmt.Fprintf(k.Stdout, row, l.ID, l.State, l.Reason, l.Type, l.OrderID, clock(l.LastAt), strconv.Quote(l.LastError))
		}
		if err != nil {
			return err
		}
	}
	return nil
}
