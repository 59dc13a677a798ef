package client

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"path"
	"strings"

	"makegood/order"
)

// Problem is what the gateway refused, in the members of RFC 9457 and its own.
type Problem struct {
	// Type is a reference that ends in the problem's name.
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	// Detail is what is wrong this time.
	Detail string `json:"detail"`
	// Errors names each member of the request that is not as it must be.
	Errors []FieldError `json:"errors"`
	// Shortages says of out_of_stock which SKUs are short.
	Shortages []order.Shortage `json:"shortages"`
	// RequestID finds the request in the gateway's log.
	RequestID string `json:"request_id"`
}

// FieldError is one member of a body, a parameter or a header.
type FieldError struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

// Name is the stable word to tell problems apart by: validation, out_of_stock,
// already_shipped, not_found and so on. It is empty if no gateway of ours
// answered.
func (p *Problem) Name() string {
	if p.Type == "" || p.Type == "about:blank" {
		return ""
	}
	return path.Base(p.Type)
}

// Error is one line for a person.
func (p *Problem) Error() string {
	said := p.Detail
	if len(p.Errors) > 0 {
		words := make([]string, len(p.Errors))
		for i, e := range p.Errors {
			words[i] = e.Field + " " + e.Message
		}
		said = strings.Join(words, "; ")
	}
	if said == "" {
		said = p.Title
	}
	where := fmt.Sprintf("HTTP %d", p.Status)
	if name := p.Name(); name != "" {
		where = fmt.Sprintf("%s, HTTP %d", name, p.Status)
	}
	if p.RequestID != "" && p.Status >= http.StatusInternalServerError {
		where += ", request " + p.RequestID
	}
	return strings.Join(strings.Fields(said), " ") + " (" + where + ")"
}

// problemOf reads a problem, or makes one of what a proxy in between answered.
func problemOf(answer *http.Response) *Problem {
	p := &Problem{Title: http.StatusText(answer.StatusCode)}
	media, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	if media == "application/problem+json" {
		text, err := io.ReadAll(io.LimitReader(answer.Body, mostAnswer))
		if err != nil || json.Unmarshal(text, p) != nil {
			p = &Problem{Title: http.StatusText(answer.StatusCode)}
		}
	}
	p.Status = answer.StatusCode
	return p
}
