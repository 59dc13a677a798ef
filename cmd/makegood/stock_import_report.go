package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// importSummary is what an import, or its check, prints as JSON.
type importSummary struct {
	// Key goes on with the import; empty if none began.
	Key  string `json:"key,omitempty"`
	Rows int    `json:"rows"`
	Set  int    `json:"set"`
	// Left is how many rows are neither set nor refused, because the import
	// broke off, or never began.
	Left    int          `json:"left"`
	Refused []refusedRow `json:"refused"`
	Wrong   []wrongRow   `json:"wrong"`
	Seconds float64      `json:"seconds"`
}

// importReport is who is told of an import: results on out, all else on log.
type importReport struct {
	out, log io.Writer
	json     bool
	name     string
}

func (r importReport) file() string {
	if r.name == "-" {
		return "standard input"
	}
	return r.name
}

// mostNamed is how many rows are named in full; JSON has all of them.
const mostNamed = 20

// checked ends an import before its first row.
func (r importReport) checked(sheet *stockSheet) error {
	rows := len(sheet.rows) + len(sheet.wrong)
	if r.json {
		if err := printJSON(r.out, importSummary{Rows: rows, Left: rows, Refused: []refusedRow{}, Wrong: append([]wrongRow{}, sheet.wrong...)}); err != nil {
			return err
		}
	}
	if len(sheet.wrong) == 0 {
		if r.json {
			return nil
		}
		_, err := fmt.Fprintf(r.out, "%s: all %d rows are sound; nothing was changed\n", r.file(), rows)
		return err
	}
	for _, w := range sheet.wrong[:min(len(sheet.wrong), mostNamed)] {
		fmt.Fprintf(r.log, "line %d: %s\n", w.Line, w.Why)
	}
	r.more(len(sheet.wrong))
	return fmt.Errorf("%s: %d of %d rows are wrong; nothing was changed", r.file(), len(sheet.wrong), rows)
}

func (r importReport) more(rows int) {
	if rows > mostNamed {
		fmt.Fprintf(r.log, "and %d more; --json names all\n", rows-mostNamed)
	}
}

// done tells how an import ended; broken is why it ended early, or nil.
func (r importReport) done(run *stockImport, broken error) error {
	slices.SortFunc(run.refused, func(a, b refusedRow) int { return cmp.Compare(a.Line, b.Line) })
	took := time.Since(run.began)
	s := importSummary{
		Key: run.key, Rows: len(run.rows), Set: run.set, Left: run.left(),
		Refused: append([]refusedRow{}, run.refused...), Wrong: []wrongRow{}, Seconds: took.Seconds(),
	}
	for _, row := range s.Refused[:min(len(s.Refused), mostNamed)] {
		fmt.Fprintf(r.log, "line %d: %s refused: %s\n", row.Line, row.SKU, row.Why)
	}
	r.more(len(s.Refused))
	var err error
	if r.json {
		err = printJSON(r.out, s)
	} else {
		_, err = fmt.Fprintf(r.out, "%d of %d rows set, %d refused, in %s (%.0f a second)\n",
			s.Set, s.Rows, len(s.Refused), took.Round(100*time.Millisecond), float64(s.Set+len(s.Refused))/took.Seconds())
	}
	switch {
	case err != nil:
		return err
	case errors.Is(broken, context.Canceled):
		return fmt.Errorf("stopped with %d rows left; run it again with --key %s to go on", s.Left, run.key)
	case broken != nil:
		return fmt.Errorf("broke off with %d rows left: %w; run it again with --key %s to go on", s.Left, broken, run.key)
	case len(s.Refused) > 0:
		return errors.New("some rows were refused; under this key they stay so: once what is in their way is gone, import them under a new one")
	}
	return nil
}

// report prints how far the import is until it is told to stop: a line each
// second, and one for an outage.
func (i *stockImport) report(to io.Writer) (stop func()) {
	before, out := 0, false
	return everySecond(func() {
		done, trouble := i.progress()
		switch {
		case done > before || trouble == nil:
			fmt.Fprintf(to, "%d of %d, %d a second\n", done, len(i.rows), done-before)
			before, out = done, false
		case !out:
			fmt.Fprintf(to, "%v; trying again for %s\n", trouble, importPatience)
			out = true
		}
	})
}

func (i *stockImport) progress() (done int, trouble error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.set + len(i.refused), i.trouble
}
