package demo

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/mattn/go-isatty"

	"makegood/api/client"
	"makegood/order"
)

// The colours of a terminal: https://en.wikipedia.org/wiki/ANSI_escape_code#SGR.
const (
	bold   = "1"
	faint  = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
)

// screen writes what a person reads, in colour if that person is at a terminal
// and has not set NO_COLOR (https://no-color.org).
type screen struct {
	out    io.Writer
	colour bool
}

func newScreen(out io.Writer) *screen {
	file, isFile := out.(*os.File)
	return &screen{out: out, colour: isFile && isatty.IsTerminal(file.Fd()) && os.Getenv("NO_COLOR") == ""}
}

// paint comes after padding: escapes have no width on the screen.
func (s *screen) paint(colour, text string) string {
	if !s.colour {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

func (s *screen) line(format string, args ...any) {
	_, _ = fmt.Fprintf(s.out, format+"\n", args...)
}

func (s *screen) title(number int, title string) {
	s.line("%s", s.paint(bold, fmt.Sprintf("%d. %s", number, title)))
}

func (s *screen) link(label, link string) { s.line("   %s", s.paint(faint, label+link)) }

// happening is one line of an order's timeline, heard of so long after the order
// was sent. What came in one workflow task is heard of at once.
func (s *screen) happening(after time.Duration, label string, h client.Happening, of order.Request) {
	colour := green
	switch h.Mark() {
	case "✗":
		colour = red
	case "↩", "!":
		colour = yellow
	}
	when := s.paint(faint, fmt.Sprintf("%6d ms", after.Milliseconds()))
	text := strings.TrimSpace(fmt.Sprintf("%-20s %s", h.Type, h.Words(of)))
	s.line("   %s  %s%s %s", when, label, s.paint(colour, h.Mark()), text)
}

func (s *screen) problem(err error) {
	s.line("              %s %v", s.paint(red, "✗"), err)
}

// totals are the ledgers: a line an order, a line a SKU.
func (s *screen) totals(f Facts) {
	const row = "   %-34s  %-10s  %12s  %12s  %12s  %7s  %s"
	s.line("%s", s.paint(bold, "What the ledgers say"))
	s.line("%s", s.paint(faint, fmt.Sprintf(row, "order", "status", "taken", "returned", "kept", "parcels", "mails")))
	var taken, returned int64
	var currency string
	parcels, mails := 0, 0
	for _, o := range f.Orders {
		currency = o.Order.Currency // the same for all samples
		money := func(amount int64) string { return order.Money{Amount: amount, Currency: currency}.String() }
		words, count := mailWords(o)
		s.line(row, o.Name, o.Status, money(o.Taken), money(o.Returned), money(o.Taken-o.Returned), fmt.Sprint(o.Parcels), words)
		taken, returned = taken+o.Taken, returned+o.Returned
		parcels, mails = parcels+o.Parcels, mails+count
	}
	money := func(amount int64) string { return order.Money{Amount: amount, Currency: currency}.String() }
	s.line("%s", s.paint(bold, fmt.Sprintf(row, "all", "", money(taken), money(returned), money(taken-returned), fmt.Sprint(parcels), fmt.Sprint(mails))))
	s.line("")
	const shelf = "   %-34s  %10s  %12s  %12s"
	s.line("%s", s.paint(faint, fmt.Sprintf(shelf, "stock", "before", "after", "held")))
	for _, l := range f.Stock {
		s.line(shelf, l.After.SKU, fmt.Sprint(l.Before.OnHand), fmt.Sprint(l.After.OnHand), fmt.Sprint(l.After.Held))
	}
	s.line("")
}

func mailWords(o OrderFacts) (words string, count int) {
	var names []string
	for _, m := range mailed {
		n := o.Mails[m.event]
		count += n
		switch {
		case n == 1:
			names = append(names, m.name)
		case n > 1:
			names = append(names, fmt.Sprintf("%d × %s", n, m.name))
		}
	}
	if o.Strays > 0 {
		names = append(names, fmt.Sprintf("%d unknown", o.Strays))
	}
	return strings.Join(names, ", "), count + o.Strays
}

// verdicts prints every promise, and returns an error that counts the broken.
func (s *screen) verdicts(all []Verdict) error {
	s.line("%s", s.paint(bold, "What was promised"))
	broken := 0
	for _, v := range all {
		if len(v.Broken) == 0 {
			s.line("   %s %s", s.paint(green, "✓"), v.Promise)
			continue
		}
		broken++
		s.line("   %s %s", s.paint(red, "✗"), v.Promise)
		for _, where := range v.Broken {
			s.line("     %s", s.paint(red, where))
		}
	}
	if broken > 0 {
		return fmt.Errorf("%d of %d promises broken", broken, len(all))
	}
	s.line("")
	s.line("%s", s.paint(bold, "Every promise was kept."))
	return nil
}
