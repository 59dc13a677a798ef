package api

import (
	"net/http"

	"makegood/order"
)

// ProblemType is one row of the table of problems, which docs/problems.md
// explains. Clients tell problems apart by its URI.
type ProblemType struct {
	Name   string
	Status int
	Title  string
}

// URI is the problem's `type`: a reference that this gateway answers.
func (t ProblemType) URI() string { return "/problems/" + t.Name }

var (
	malformed            = ProblemType{"malformed", http.StatusBadRequest, "The request can't be read"}
	crossSite            = ProblemType{"cross_site", http.StatusForbidden, "A page of another site may not ask this"}
	notFound             = ProblemType{"not_found", http.StatusNotFound, "There is no such thing"}
	methodNotAllowed     = ProblemType{"method_not_allowed", http.StatusMethodNotAllowed, "The path doesn't take this method"}
	readTimeout          = ProblemType{"read_timeout", http.StatusRequestTimeout, "The request came too slowly"}
	alreadyShipped       = ProblemType{"already_shipped", http.StatusConflict, "The carrier has the parcel"}
	alreadyRejected      = ProblemType{"already_rejected", http.StatusConflict, "The order was refused and is made good"}
	nothingToSettle      = ProblemType{"nothing_to_settle", http.StatusConflict, "Nothing waits for this word"}
	tooManyActions       = ProblemType{"too_many_actions", http.StatusConflict, "People have asked too much of this order"}
	outOfStock           = ProblemType{"out_of_stock", http.StatusConflict, "There is less in stock than the order asks for"}
	belowHeld            = ProblemType{"below_held", http.StatusConflict, "Orders hold more than would be left"}
	belowZero            = ProblemType{"below_zero", http.StatusConflict, "There are fewer units than that"}
	alreadyRedriven      = ProblemType{"already_redriven", http.StatusConflict, "The dead letter is redriven"}
	alreadyDiscarded     = ProblemType{"already_discarded", http.StatusConflict, "The dead letter was discarded"}
	tooLarge             = ProblemType{"too_large", http.StatusRequestEntityTooLarge, "The body is too large"}
	unsupportedMediaType = ProblemType{"unsupported_media_type", http.StatusUnsupportedMediaType, "The body's media type isn't taken"}
	invalid              = ProblemType{"validation", http.StatusUnprocessableEntity, "A member of the request is not as it must be"}
	keyReused            = ProblemType{"idempotency_key_reused", http.StatusUnprocessableEntity, "The idempotency key was used for another request"}
	internal             = ProblemType{"internal", http.StatusInternalServerError, "The gateway failed"}
	overloaded           = ProblemType{"overloaded", http.StatusServiceUnavailable, "More orders come than are worked off"}
	unavailable          = ProblemType{"unavailable", http.StatusServiceUnavailable, "A server that the gateway needs doesn't answer"}
)

// ProblemTypes is the table of every problem that the gateway answers.
var ProblemTypes = []ProblemType{
	malformed, crossSite, notFound, methodNotAllowed, readTimeout,
	alreadyShipped, alreadyRejected, nothingToSettle, tooManyActions, outOfStock, belowHeld, belowZero,
	alreadyRedriven, alreadyDiscarded,
	tooLarge, unsupportedMediaType, invalid, keyReused,
	internal, overloaded, unavailable,
}

// Problem is every error that the gateway answers: RFC 9457's members, and
// ours. It never holds what went wrong inside; the log has that under the
// same request id.
type Problem struct {
	Type      string           `json:"type" format:"uri-reference" example:"/problems/validation" doc:"Tells problems apart; see docs/problems.md"`
	Title     string           `json:"title" example:"A member of the request is not as it must be" doc:"The same for every problem of the type"`
	Status    int              `json:"status" example:"422" doc:"HTTP status code"`
	Detail    string           `json:"detail,omitempty" example:"lines[0].quantity must be at least 1" doc:"What is wrong this time"`
	Errors    []FieldProblem   `json:"errors,omitempty" doc:"Each member that is not as it must be; at most 50"`
	Shortages []order.Shortage `json:"shortages,omitempty" doc:"Of out_of_stock: each SKU that is short"`
	RequestID string           `json:"request_id,omitempty" doc:"Also in the X-Request-Id header and in the log"`

	cause   error
	headers http.Header
}

// FieldProblem names one member of the body, parameter or header.
type FieldProblem struct {
	Field   string `json:"field" example:"lines[0].quantity" doc:"The path of a body's member, or the name of a parameter or header"`
	Message string `json:"message" example:"must be at least 1"`
}

func problem(t ProblemType, detail string) *Problem {
	return &Problem{Type: t.URI(), Title: t.Title, Status: t.Status, Detail: detail}
}

// because keeps what the log says of the problem.
func (p *Problem) because(err error) *Problem {
	p.cause = err
	return p
}

// again tells the client to come again in a second.
func (p *Problem) again() *Problem {
	p.headers = http.Header{"Retry-After": {"1"}}
	return p
}

// Error is the detail, for huma and the log.
func (p *Problem) Error() string {
	if p.cause != nil {
		return p.Detail + ": " + p.cause.Error()
	}
	return p.Detail
}

// Unwrap gives what the problem came from.
func (p *Problem) Unwrap() error { return p.cause }

// GetStatus tells huma the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders tells huma what else the answer carries.
func (p *Problem) GetHeaders() http.Header { return p.headers }

// ContentType tells huma the media type, as RFC 9457 names it.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

func unsupported(header, message string) *Problem {
	p := problem(unsupportedMediaType, header+" "+message)
	p.Errors = []FieldProblem{{Field: header, Message: message}}
	return p
}

// invalidFields is the validation problem of the named members.
func invalidFields(fields ...FieldProblem) *Problem {
	const most = 50 // an answer must not outgrow the request that it refuses
	p := problem(invalid, "")
	p.Errors = fields[:min(len(fields), most)]
	p.Detail = p.Errors[0].Field + " " + p.Errors[0].Message
	if len(fields) > 1 {
		p.Detail += ", and more"
	}
	return p
}
