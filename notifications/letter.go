package notifications

import (
	"embed"
	html "html/template"
	"strings"
	text "text/template"

	"makegood/events"
	"makegood/order"
)

//go:embed templates
var templates embed.FS

// letter is one kind of mail.
type letter struct {
	subject string // followed by the order's id
	text    *text.Template
	html    *html.Template
}

var letters = map[order.EventType]letter{
	order.EventCompleted: newLetter("receipt", "Your receipt for order"),
	order.EventRefunded:  newLetter("refund", "Your refund for order"),
	order.EventRejected:  newLetter("regret", "We could not complete order"),
}

func newLetter(name, subject string) letter {
	return letter{
		subject: subject,
		text:    text.Must(text.ParseFS(templates, "templates/"+name+".txt")),
		html:    html.Must(html.ParseFS(templates, "templates/layout.html", "templates/"+name+".html")),
	}
}

func (l letter) write(c content) (plain, rich string, err error) {
	var t, h strings.Builder
	if err := l.text.Execute(&t, c); err != nil {
		return "", "", err
	}
	if err := l.html.ExecuteTemplate(&h, "layout.html", c); err != nil {
		return "", "", err
	}
	return t.String(), h.String(), nil
}

// content is what templates may say.
type content struct {
	Order  order.ID
	Lines  []line
	Total  order.Money
	Refund order.Money
	Reason string // in human words
	Shop   string // who signs; may be empty
}

type line struct {
	SKU      string
	Quantity int64
	Price    order.Money // of the whole line
}

func contentOf(d events.Data, shop string) content {
	c := content{
		Order: d.OrderID, Shop: shop, Reason: inWords(d.Reason),
		Total: order.Money{Amount: d.Total, Currency: d.Currency},
	}
	for _, l := range d.Lines {
		c.Lines = append(c.Lines, line{l.SKU, l.Quantity, order.Money{Amount: l.Quantity * l.UnitPrice, Currency: d.Currency}})
	}
	if d.Refund != nil {
		c.Refund = order.Money{Amount: d.Refund.Amount, Currency: d.Currency}
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
