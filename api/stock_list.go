package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"makegood/inventory"
)

// listStockInput allows longer pages than those of orders: a level is some 60
// bytes, and one read of Redis, while an order is a search.
type listStockInput struct {
	Cursor string `query:"cursor" maxLength:"100" pattern:"^[A-Za-z0-9][A-Za-z0-9._-]*$" patternDescription:"the next_cursor of a page" doc:"The next_cursor of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"50"`
}

// Resolve sees what huma overlooks: an unknown parameter, or one given twice.
func (*listStockInput) Resolve(ctx huma.Context) []error { return checkQuery(ctx) }

type listStockOutput struct{ Body StockPage }

// StockPage is a page of levels, in the order of their SKUs' bytes.
type StockPage struct {
	Items      []inventory.Level `json:"items" nullable:"false"`
	NextCursor string            `json:"next_cursor" doc:"Empty on the last page"`
}

func (s *Server) registerListStock(to huma.API) {
	huma.Register(to, huma.Operation{
		OperationID: "list-stock", Method: http.MethodGet, Path: "/v1/stock",
		Summary: "How many units there are of every SKU", Tags: []string{"stock"},
		Description: "In the order of the SKUs' bytes. Each SKU is listed once, as it stands when its page is read; one that becomes known meanwhile may be missed.",
		Errors:      []int{http.StatusServiceUnavailable},
	}, s.listStock)
}

func (s *Server) listStock(ctx context.Context, in *listStockInput) (*listStockOutput, error) {
	levels, next, err := s.stock.Levels(ctx, in.Cursor, in.Limit)
	switch {
	case errors.Is(err, inventory.ErrCursor):
		return nil, invalidFields(FieldProblem{Field: "cursor", Message: "must be the next_cursor of a page"})
	case err != nil:
		return nil, stockSilent(err)
	}
	return &listStockOutput{Body: StockPage{Items: levels, NextCursor: next}}, nil
}
