package api

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"makegood/inventory"
)

// SKUPath is the part of a path that names a SKU.
type SKUPath struct {
	SKU string `path:"sku" maxLength:"100" pattern:"^[A-Za-z0-9][A-Za-z0-9._-]*$" patternDescription:"letters, digits, dot, dash or underscore, beginning with a letter or digit" example:"MUG-BLUE"`
}

// ChangeKey makes a change of stock safe to retry. Without one, each call is a
// change of its own.
type ChangeKey struct {
	Key string `header:"Idempotency-Key" minLength:"1" maxLength:"255" pattern:"^[ -~]+$" patternDescription:"printable ASCII" doc:"The same key and change are done once. Without one, each call is a change of its own."`
}

func (k ChangeKey) operation() string {
	if k.Key == "" {
		return rand.Text()
	}
	return k.Key
}

type setInput struct {
	SKUPath
	ChangeKey
	Body struct {
		OnHand int64  `json:"on_hand" minimum:"0" maximum:"9007199254740991" example:"100" doc:"Units on hand, held ones included"`
		Reason string `json:"reason,omitempty" maxLength:"255" example:"stocktaking"`
	}
}

type adjustInput struct {
	SKUPath
	ChangeKey
	Body struct {
		Delta  int64  `json:"delta" minimum:"-9007199254740991" maximum:"9007199254740991" example:"12" doc:"Units to add, or to take away if negative"`
		Reason string `json:"reason,omitempty" maxLength:"255" example:"delivery 4711"`
	}
}

// Resolve sees a header that is empty, or there twice.
func (*setInput) Resolve(ctx huma.Context) []error { return checkKey(ctx) }

// Resolve sees a header that is empty, or there twice.
func (*adjustInput) Resolve(ctx huma.Context) []error { return checkKey(ctx) }

type levelOutput struct{ Body inventory.Level }

func (s *Server) registerStock(to huma.API) {
	operation := func(id, method, path, summary string, errors ...int) huma.Operation {
		return huma.Operation{
			OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{"stock"},
			MaxBodyBytes: bodyLimit + 1, BodyReadTimeout: bodyTimeout, Errors: append(errors, http.StatusServiceUnavailable),
		}
	}
	huma.Register(to, operation("get-stock", http.MethodGet, "/v1/stock/{sku}", "How many units there are", http.StatusNotFound),
		func(ctx context.Context, in *SKUPath) (*levelOutput, error) {
			return level(s.stock.Level(ctx, in.SKU))
		})
	huma.Register(to, operation("set-stock", http.MethodPut, "/v1/stock/{sku}", "Declare how many units are on hand", http.StatusConflict, http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType),
		func(ctx context.Context, in *setInput) (*levelOutput, error) {
			defer s.admission.forget(in.SKU)
			return level(s.stock.Set(ctx, in.SKU, in.Body.OnHand, in.operation(), in.Body.Reason))
		})
	huma.Register(to, operation("adjust-stock", http.MethodPost, "/v1/stock/{sku}/adjust", "Add units, or take some away", http.StatusNotFound, http.StatusConflict, http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType),
		func(ctx context.Context, in *adjustInput) (*levelOutput, error) {
			defer s.admission.forget(in.SKU)
			return level(s.stock.Adjust(ctx, in.SKU, in.Body.Delta, in.operation(), in.Body.Reason))
		})
}

// level answers with the SKU's level, or with the problem that err is.
func level(found inventory.Level, err error) (*levelOutput, error) {
	switch {
	case err == nil:
		return &levelOutput{Body: found}, nil
	case errors.Is(err, inventory.ErrUnknownSKU):
		return nil, problem(notFound, "this SKU was never in stock")
	case errors.Is(err, inventory.ErrBelowHeld):
		return nil, problem(belowHeld, wordsOf(err, inventory.ErrBelowHeld))
	case errors.Is(err, inventory.ErrBelowZero):
		return nil, problem(belowZero, wordsOf(err, inventory.ErrBelowZero))
	case errors.Is(err, inventory.ErrLimit):
		// A set's on_hand was checked before, so this is an adjustment.
		return nil, invalidFields(FieldProblem{Field: "delta", Message: fmt.Sprintf("must leave at most %d on hand", int64(inventory.MaxUnits))})
	case errors.Is(err, inventory.ErrOperationReused):
		p := problem(keyReused, "the Idempotency-Key was used for another change of stock")
		p.Errors = []FieldProblem{{Field: "Idempotency-Key", Message: "was used for another change of stock"}}
		return nil, p
	default:
		return nil, stockSilent(err)
	}
}

// wordsOf is what err says from refusal on: the numbers come after it, and
// before it what was tried, which the caller knows.
func wordsOf(err, refusal error) string {
	_, numbers, _ := strings.Cut(err.Error(), refusal.Error())
	return refusal.Error() + numbers
}

func stockSilent(err error) *Problem {
	return problem(unavailable, "stock doesn't answer; try again").because(err).again()
}
