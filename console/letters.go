package console

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"

	"makegood/api/client"
)

type letterList struct {
	State  string
	States []choice
	Page   client.LetterPage
	First  bool
	Older  string
}

// choice is one of several ways to see a list.
type choice struct {
	Word, To string
	Chosen   bool
}

func (c *console) letters(r *http.Request) (view, error) {
	query := r.URL.Query()
	list := letterList{State: query.Get("state"), First: query.Get("cursor") == ""}
	var err error
	if list.Page, err = c.api.ListDeadLetters(r.Context(), client.LetterFilter{}, list.State, query.Get("cursor"), pageSize); err != nil {
		return view{}, err
	}
	for _, state := range []string{"", "redriven", "discarded"} {
		s := choice{Word: state, To: lettersPath(state, ""), Chosen: state == list.State}
		if state == "" {
			s.Word = "open"
		}
		list.States = append(list.States, s)
	}
	if list.Page.NextCursor != "" {
		list.Older = lettersPath(list.State, list.Page.NextCursor)
	}
	return view{Page: "letters", Title: "Dead letters", Data: list, Every: "5s", Said: said[query.Get("said")]}, nil
}

func lettersPath(state, cursor string) string {
	query := url.Values{}
	for name, value := range map[string]string{"state": state, "cursor": cursor} {
		if value != "" {
			query.Set(name, value)
		}
	}
	if len(query) == 0 {
		return "/console/dead-letters"
	}
	return "/console/dead-letters?" + query.Encode()
}

type letterPage struct {
	Letter client.WholeLetter
	// Text is the event, indented, or what died if that is no JSON.
	Text string
	Open bool
}

func (c *console) letter(r *http.Request) (view, error) {
	l, err := c.api.DeadLetter(r.Context(), r.PathValue("id"))
	if err != nil {
		return view{}, err
	}
	p := letterPage{Letter: l, Text: string(l.Raw), Open: l.State == "dead"}
	var indented bytes.Buffer
	if json.Indent(&indented, l.Event, "", "  ") == nil && len(l.Event) > 0 {
		p.Text = indented.String()
	}
	return view{Page: "letter", Title: "Dead letter", Data: p, Every: "5s", Said: said[r.URL.Query().Get("said")]}, nil
}

func letterPath(id string) string { return "/console/dead-letters/" + url.PathEscape(id) }

func askLetter(id, action string) (confirm, error) {
	q := confirm{About: id, Back: letterPath(id)}
	switch action {
	case "redrive":
		q.Title, q.Button = "Give this event back to its consumer?", "Redrive"
		q.Lines = []string{"It is handled once more, under the same id: an effect that took place is not repeated.", "If it fails again, it is a dead letter again. Mend the cause first."}
	case "discard":
		q.Title, q.Button, q.Grave = "Discard this dead letter?", "Discard it", true
		q.Lines = []string{"Nobody will handle the event any more: a mail that it stands for is never sent."}
		q.Fields = []field{{Name: "by", Label: "Who says so", Hint: "Your name, for the record"}, {Name: "reason", Label: "Why", Hint: "Such as: told the customer by telephone", Long: true}}
	default:
		return q, errNoPage
	}
	return q, nil
}

func (c *console) confirmLetterDeed(r *http.Request) (view, error) {
	q, err := askLetter(r.PathValue("id"), r.PathValue("deed"))
	if err != nil {
		return view{}, err
	}
	return q.page(r), nil
}

func (c *console) letterDeed(r *http.Request) (view, error) {
	id, action := r.PathValue("id"), r.PathValue("deed")
	q, err := askLetter(id, action)
	if err != nil {
		return view{}, err
	}
	done := "redriven"
	if action == "redrive" {
		_, err = c.api.Redrive(r.Context(), id)
	} else {
		done = "discarded"
		_, err = c.api.Discard(r.Context(), id, given(r, "by"), given(r, "reason"))
	}
	if err != nil {
		q.Refused = problemOf(err)
		return q.page(r), nil
	}
	return goTo(letterPath(id) + "?said=" + done), nil
}
