package notifications

import (
	"errors"
	html "html/template"
	"strings"
	text "text/template"
	"text/template/parse"

	"makegood/events"
	"makegood/order"
)

// letterNames are the kinds of mail, by the event that each tells of. A kind
// has two templates, <name>.txt and <name>.html.
var letterNames = map[order.EventType]string{
	order.EventCompleted: "receipt",
	order.EventRefunded:  "refund",
	order.EventRejected:  "regret",
}

const layout = "layout.html"

// letter is one kind of mail.
type letter struct {
	text *text.Template
	html *html.Template
	// whole is the template that is the HTML part: the layout, or the
	// letter's own where that holds more than definitions.
	whole string
}

// parseLetter reads the letter from the sources of its files, where a later
// source replaces what an earlier one defines, and keeps the rest.
// Its error begins with the file's name.
func parseLetter(name string, sources func(file string) ([]string, error)) (letter, error) {
	l := letter{text: text.New(name + ".txt"), html: html.New(layout), whole: layout}
	parts := []struct {
		file  string
		parse func(source string) error
	}{
		{name + ".txt", func(source string) error { _, err := l.text.Parse(source); return err }},
		{layout, func(source string) error { _, err := l.html.Parse(source); return err }},
		{name + ".html", func(source string) error { _, err := l.html.New(name + ".html").Parse(source); return err }},
	}
	for _, part := range parts {
		found, err := sources(part.file)
		if err != nil {
			return letter{}, err
		}
		for _, source := range found {
			if err := part.parse(source); err != nil {
				return letter{}, err
			}
		}
	}
	if own := l.html.Lookup(name + ".html"); own != nil && own.Tree != nil && !parse.IsEmptyTree(own.Tree.Root) {
		l.whole = own.Name()
	}
	return l, nil
}

// mailText is a letter that has been written.
type mailText struct{ subject, plain, rich string }

func (l letter) write(c Content) (mailText, error) {
	var subject, plain, rich strings.Builder
	if err := l.text.ExecuteTemplate(&subject, "subject", c); err != nil {
		return mailText{}, err
	}
	if err := l.text.Execute(&plain, c); err != nil {
		return mailText{}, err
	}
	if err := l.html.ExecuteTemplate(&rich, l.whole, c); err != nil {
		return mailText{}, err
	}
	// A header is one line, however the template breaks it.
	m := mailText{strings.Join(strings.Fields(subject.String()), " "), plain.String(), rich.String()}
	switch {
	case m.subject == "":
		return mailText{}, errors.New(l.text.Name() + ": its subject is empty")
	case strings.TrimSpace(m.plain) == "":
		return mailText{}, errors.New(l.text.Name() + ": it says nothing")
	case strings.TrimSpace(m.rich) == "":
		return mailText{}, errors.New(l.whole + ": it says nothing")
	}
	return m, nil
}

// Content is what templates may say.
type Content struct {
	Order    order.ID
	Customer string // the shop's own id of the customer
	Lines    []Line
	Total    Money
	Refund   Money        // of a refund; else nothing
	Reason   string       // why an order was rejected, in English words
	Code     order.Reason // the same as the API has it, for words of your own
	Shop     string       // who signs: the name in MAIL_FROM; may be empty
}

// Line is one line of the order.
type Line struct {
	SKU      string
	Quantity int64
	Price    Money // of the whole line
}

func contentOf(d events.Data, shop string, l locale) Content {
	money := func(amount int64) Money { return l.show(order.Money{Amount: amount, Currency: d.Currency}) }
	c := Content{
		Order: d.OrderID, Customer: d.CustomerID, Shop: shop, Total: money(d.Total),
		Code: d.Reason, Reason: inWords(d.Reason),
	}
	for _, line := range d.Lines {
		c.Lines = append(c.Lines, Line{line.SKU, line.Quantity, money(line.Quantity * line.UnitPrice)})
	}
	if d.Refund != nil {
		c.Refund = money(d.Refund.Amount)
	}
	return c
}

// inWords says to a customer what a reason means. A provider's own words
// aren't meant for one.
func inWords(r order.Reason) string {
	switch r {
	case order.PaymentDeclined:
		return "Your payment was declined. Please check with your bank, or try another payment method."
	case order.OutOfStock:
		return "Something that you ordered sold out before we could set it aside for you."
	case order.Undeliverable:
		return "Our carrier cannot deliver to the address that you gave."
	case order.StepDeadline:
		return "We could not get everything ready for it in time."
	default:
		return "Something on our side went wrong."
	}
}
