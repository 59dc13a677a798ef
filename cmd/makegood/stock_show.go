package main

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"time"
)

// stockLines shows levels line by line, to read or to parse.
type stockLines struct {
	out  *bufio.Writer // keeps its first error until looked
	log  io.Writer
	json bool
}

func (s *stockLines) level(l seenLevel) {
	if s.json {
		_ = printJSON(s.out, l)
		return
	}
	fmt.Fprintf(s.out, "%s  %-30s  on hand %d  held %d  available %d\n", clock(l.Time), l.SKU, l.OnHand, l.Held, l.Available)
}

func (s *stockLines) note(text string) { fmt.Fprintln(s.log, text) }

func (s *stockLines) looked(time.Time) error { return s.out.Flush() }

// mostOnScreen keeps the table shorter than a terminal is high: what has
// scrolled out of it can't be drawn over.
const mostOnScreen = 20

// stockScreen shows levels as one table that it draws over: those that changed
// last, in the order of their SKUs. Notes scroll away above it.
type stockScreen struct {
	out io.Writer

	rows  []seenLevel // at most mostOnScreen
	first time.Time   // when the first look ended; zero before
	all   map[string]bool
	drawn int // lines that stand on the screen
}

// level replaces the row of the SKU, or the one that has been unchanged for
// the longest time. Of the first look, those that come first stay.
func (s *stockScreen) level(l seenLevel) {
	if s.all == nil {
		s.all = map[string]bool{}
	}
	s.all[l.SKU] = true
	at := slices.IndexFunc(s.rows, func(row seenLevel) bool { return row.SKU == l.SKU })
	switch {
	case at >= 0:
		s.rows[at] = l
	case len(s.rows) < mostOnScreen:
		s.rows = append(s.rows, l)
	case !s.first.IsZero():
		oldest := slices.MinFunc(s.rows, func(a, b seenLevel) int { return a.Time.Compare(b.Time) })
		s.rows[slices.Index(s.rows, oldest)] = l
	}
}

func (s *stockScreen) note(text string) {
	fmt.Fprintf(s.out, "%s%s\n", s.erase(), text)
}

// erase is what takes the table off the screen.
func (s *stockScreen) erase() string {
	if s.drawn == 0 {
		return ""
	}
	up := fmt.Sprintf("\x1b[%dA\r\x1b[J", s.drawn)
	s.drawn = 0
	return up
}

// looked draws all of it in one write, so that nothing flickers. A line that
// is wider than the terminal is cut off: one that wrapped would be two.
func (s *stockScreen) looked(at time.Time) error {
	if s.first.IsZero() {
		s.first = at
	}
	slices.SortFunc(s.rows, func(a, b seenLevel) int { return cmp.Compare(a.SKU, b.SKU) })
	screen := bytes.NewBufferString(s.erase() + "\x1b[?7l")
	fmt.Fprintf(screen, "%-30s  %12s  %12s  %12s  %s\n", "SKU", "ON HAND", "HELD", "AVAILABLE", "CHANGED")
	for _, row := range s.rows {
		changed := ""
		if row.Time.After(s.first) {
			changed = clock(row.Time)
		}
		fmt.Fprintf(screen, "%-30s  %12d  %12d  %12d  %s\n", row.SKU, row.OnHand, row.Held, row.Available, changed)
	}
	if more := len(s.all) - len(s.rows); more > 0 {
		fmt.Fprintf(screen, "and %d more that have not changed lately, ", more)
	}
	fmt.Fprintf(screen, "as of %s\n\x1b[?7h", clock(at))
	s.drawn = len(s.rows) + 2
	_, err := s.out.Write(screen.Bytes())
	return err
}
