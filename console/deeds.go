package console

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"makegood/api/client"
	"makegood/order"
)

// said is what actions come to, by the word in the address.
var said = map[string]string{
	"cancelled": "The cancel is recorded: the order ends cancelled, or completed if the carrier already has the parcel.",
	"retry":     "The step is tried again now.",
	"settled":   "Your word is recorded. The saga goes on as soon as the attempt under way has ended.",
	"redriven":  "The event is on its way back to its consumer.",
	"discarded": "The dead letter is discarded; who and why stay on record.",
}

// confirm asks once more before an action, and says what it does.
type confirm struct {
	// About is what it is done to. Title is the question, Button its answer;
	// Lines say what follows from it.
	About, Title, Button string
	Lines                []string
	// Grave marks what can't be taken back.
	Grave  bool
	Fields []field
	// To takes the POST; Back is where to go instead.
	To, Back string
	Refused  *client.Problem
}

type field struct {
	Name, Label, Hint, Value string
	Long                     bool
}

func (c confirm) page(r *http.Request) view {
	c.To = r.URL.Path
	for i := range c.Fields {
		c.Fields[i].Value = r.PostFormValue(c.Fields[i].Name)
	}
	v := view{Page: "confirm", Title: c.Title, Data: c}
	if c.Refused != nil {
		v.status = c.Refused.Status
	}
	return v
}

var whoAndWhy = []field{
	{Name: "by", Label: "Who says so", Hint: "Your name, for the record"},
	{Name: "note", Label: "Why, and what was done", Hint: "Such as: paid back by bank transfer", Long: true},
	{Name: "reference", Label: "Reference", Hint: "Under which it is found elsewhere, such as TX-2026-118"},
}

// ask is the question for an order's action, or errNoPage.
func (c *console) ask(ctx context.Context, id order.ID, action string) (confirm, order.Step, error) {
	q := confirm{About: string(id), Back: orderPath(id)}
	switch action {
	case "cancel":
		q.Title, q.Button, q.Grave = "Cancel this order?", "Cancel the order", true
		q.Lines = []string{"What was done for it is undone: the parcel is stopped, the stock given back, the money returned.", "If the carrier already has the parcel, the order completes."}
		return q, "", nil
	case "retry", "settle":
		o, err := c.api.Get(ctx, id)
		if err != nil {
			return q, "", err
		}
		if o.Attention == nil {
			return q, "", &client.Problem{Type: "/problems/nothing_to_settle", Title: "Nothing waits for this word", Status: http.StatusConflict, Detail: "the order is " + string(o.Status) + " and waits for nobody"}
		}
		waits := o.Attention.Step
		q.Lines = []string{strings.TrimSuffix(fmt.Sprintf("The order is of customer %s, %s in all. %s waits: %s", o.CustomerID, o.Request.Total(), waits, o.Attention.Detail), ": ")}
		if action == "retry" {
			q.Title, q.Button = "Try "+string(waits)+" again now?", "Try again"
			q.Lines = append(q.Lines, "It is tried again by itself each minute; this tries it at once.", "Do it when you have mended what kept it from succeeding.")
			return q, waits, nil
		}
		q.Title, q.Button, q.Grave = "Declare "+string(waits)+" made good by hand?", "Declare it settled", true
		q.Lines = append(q.Lines, "makegood never does it then: do it by hand first.", "The order's timeline says by whom, why and with what reference, for good.")
		q.Fields = append(q.Fields, whoAndWhy...)
		if waits == order.Fence {
			waits = order.Ship // the API's word for whatever waits at the carrier
		}
		return q, waits, nil
	default:
		return q, "", errNoPage
	}
}

func (c *console) confirmDeed(r *http.Request) (view, error) {
	q, _, err := c.ask(r.Context(), order.ID(r.PathValue("id")), r.PathValue("deed"))
	if err != nil {
		return view{}, err
	}
	return q.page(r), nil
}

func (c *console) deed(r *http.Request) (view, error) {
	id, action := order.ID(r.PathValue("id")), r.PathValue("deed")
	q, waits, err := c.ask(r.Context(), id, action)
	if err != nil {
		return view{}, err
	}
	done := "cancelled"
	switch action {
	case "cancel":
		_, err = c.api.Cancel(r.Context(), id)
	case "retry":
		_, err = c.api.Settle(r.Context(), id, client.Word{Action: "retry"})
		done = "retry"
	case "settle":
		_, err = c.api.Settle(r.Context(), id, client.Word{Action: "settled", Step: waits, By: given(r, "by"), Note: given(r, "note"), Reference: given(r, "reference")})
		done = "settled"
	}
	if err != nil {
		q.Refused = problemOf(err)
		return q.page(r), nil
	}
	return goTo(orderPath(id) + "?said=" + url.QueryEscape(done)), nil
}

func given(r *http.Request, name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
