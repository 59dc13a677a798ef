package api

import (
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"
)

// requiredMessage leads what huma says of a missing member. It locates such an
// error at the parent, so that the name has to travel in the message.
const requiredMessage = "is required: "

// huma takes its words and the shape of its errors from package variables.
func init() {
	huma.ValidateStrictCasing = true // Customer_ID is no customer_id
	huma.NewError = func(status int, msg string, errs ...error) huma.StatusError {
		return fromHuma(status, msg, errs)
	}
	huma.NewErrorWithContext = func(_ huma.Context, status int, msg string, errs ...error) huma.StatusError {
		return fromHuma(status, msg, errs)
	}

	validation.MsgUnexpectedProperty = "is not known"
	validation.MsgExpectedRequiredProperty = requiredMessage + "%s"
	validation.MsgExpectedInteger = "must be a whole number"
	validation.MsgExpectedNumber = "must be a number"
	validation.MsgExpectedString = "must be a string"
	validation.MsgExpectedBoolean = "must be true or false"
	validation.MsgExpectedArray = "must be an array"
	validation.MsgExpectedObject = "must be an object"
	validation.MsgExpectedOneOf = "must be one of %s"
	validation.MsgExpectedMinimumNumber = "must be at least %.0f"
	validation.MsgExpectedMaximumNumber = "must be at most %.0f"
	validation.MsgExpectedMinLength = "must have a length of at least %d"
	validation.MsgExpectedMaxLength = "must have a length of at most %d"
	validation.MsgExpectedMinItems = "must have at least %d item"
	validation.MsgExpectedMaxItems = "must have at most %d items"
	validation.MsgExpectedBePattern = "must be %s"
	validation.MsgExpectedMatchPattern = "must match %s"
	// %.0v takes the parser's own words in and prints none of them.
	validation.MsgExpectedRFC5322Email = "must be an email address such as ada@example.com%.0v"
}

// fromHuma makes a problem of an error that huma found before, or instead of,
// our handler.
func fromHuma(status int, msg string, errs []error) *Problem {
	fields := make([]FieldProblem, 0, len(errs))
	for _, err := range errs {
		if detail := (*huma.ErrorDetail)(nil); errors.As(err, &detail) {
			fields = append(fields, fieldProblem(detail))
		}
	}
	switch status {
	case http.StatusUnprocessableEntity:
		if len(fields) > 0 {
			return invalidFields(fields...)
		}
		return problem(invalid, msg)
	case http.StatusBadRequest:
		p := problem(malformed, msg)
		if len(fields) > 0 {
			p = invalidFields(fields...)
			p.Type, p.Title, p.Status = malformed.URI(), malformed.Title, malformed.Status
		} else {
			p.Errors = []FieldProblem{{Field: "body", Message: "is required"}}
		}
		return p
	case http.StatusRequestTimeout:
		return problem(readTimeout, "the body must arrive within "+bodyTimeout.String())
	case http.StatusRequestEntityTooLarge:
		p := problem(tooLarge, "body must be at most 1 MiB")
		p.Errors = []FieldProblem{{Field: "body", Message: "must be at most 1 MiB"}}
		return p
	case http.StatusUnsupportedMediaType:
		p := problem(unsupportedMediaType, "Content-Type must be application/json")
		p.Errors = []FieldProblem{{Field: "Content-Type", Message: "must be application/json"}}
		return p
	}
	if msg == "cannot read request body" { // the client broke off, or sent broken chunks
		return problem(malformed, "the body breaks off").because(errors.Join(errs...))
	}
	return problem(internal, "").because(errors.Join(errs...))
}

func fieldProblem(detail *huma.ErrorDetail) FieldProblem {
	field, message := detail.Location, detail.Message
	for _, place := range []string{"body.", "path.", "query.", "header."} {
		if within, ok := strings.CutPrefix(field, place); ok {
			field = within
			break
		}
	}
	if missing, ok := strings.CutPrefix(message, requiredMessage); ok {
		message = "is required"
		field = strings.TrimPrefix(field+"."+missing, "body.")
	}
	if unreadable, ok := detail.Value.(unreadable); ok {
		message = string(unreadable)
	}
	if strings.HasPrefix(message, "invalid integer") {
		message = "must be a whole number"
	}
	return FieldProblem{Field: shorten(field), Message: message}
}

// shorten keeps the name of an unknown member, which the client chose, within
// what an answer should hold.
func shorten(field string) string {
	const most = 200
	if runes := []rune(field); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return field
}
