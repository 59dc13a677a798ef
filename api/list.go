package api

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/danielgtaylor/huma/v2"
	commonpb "go.temporal.io/api/common/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/converter"

	"makegood/order"
	"makegood/workflows"
)

type listInput struct {
	Status     order.Status `query:"status" enum:"placed,charged,reserved,shipped,completed,compensating,needs_attention,rejected,cancelled" doc:"Only orders of this status"`
	CustomerID string       `query:"customer_id" maxLength:"255" doc:"Only orders of this customer"`
	Cursor     string       `query:"cursor" maxLength:"500" doc:"The next_cursor of the page before"`
	Limit      int          `query:"limit" minimum:"1" maximum:"100" default:"50"`
}

// Resolve refuses what huma overlooks: a filter that is misspelt, or there
// twice, would list other orders than were asked for.
func (in *listInput) Resolve(ctx huma.Context) []error {
	var wrong []error
	asked := ctx.URL()
	for name, values := range asked.Query() {
		switch {
		case !slices.Contains([]string{"status", "customer_id", "cursor", "limit"}, name):
			wrong = append(wrong, &huma.ErrorDetail{Location: "query." + name, Message: "is not known"})
		case len(values) > 1:
			wrong = append(wrong, &huma.ErrorDetail{Location: "query." + name, Message: "must be given once"})
		}
	}
	return wrong
}

type listOutput struct{ Body OrderPage }

// OrderPage is a page of orders, newest first.
type OrderPage struct {
	Items      []OrderSummary `json:"items" nullable:"false"`
	NextCursor string         `json:"next_cursor" doc:"Empty on the last page"`
}

// OrderSummary is what Temporal's visibility knows of an order. It lags some
// moments behind the order itself.
type OrderSummary struct {
	ID         order.ID      `json:"id"`
	Status     order.Status  `json:"status"`
	CustomerID string        `json:"customer_id"`
	Currency   string        `json:"currency"`
	Total      int64         `json:"total" doc:"In the currency's minor unit"`
	Reason     *order.Reason `json:"reason" doc:"Why it did not ship, or is turning back; else null"`
	CreatedAt  time.Time     `json:"created_at"`
}

func (s *Server) registerList(to huma.API) {
	huma.Register(to, huma.Operation{
		OperationID: "list-orders", Method: http.MethodGet, Path: "/v1/orders",
		Summary: "Orders, newest first", Tags: []string{"orders"},
		Description: "Answered by Temporal's visibility alone, which lags some moments behind.",
		Errors:      []int{http.StatusServiceUnavailable},
	}, s.list)
}

func (s *Server) list(ctx context.Context, in *listInput) (*listOutput, error) {
	before, err := parseCursor(in.Cursor)
	if err != nil {
		return nil, invalidFields(FieldProblem{Field: "cursor", Message: "must be the next_cursor of a page"})
	}
	if !searchable(in.CustomerID) {
		return nil, invalidFields(FieldProblem{Field: "customer_id", Message: "can't be searched for with these quotes, backslashes or control characters"})
	}
	out := &listOutput{Body: OrderPage{Items: make([]OrderSummary, 0, in.Limit)}}
	var last place // of the page
	for more := true; more; {
		var found []*workflowpb.WorkflowExecutionInfo
		if found, more, err = s.newest(ctx, filter(in), before, in.Limit+1); err != nil {
			return nil, fromTemporal(err)
		}
		summaries, err := s.current(ctx, found)
		if err != nil {
			return nil, fromTemporal(err)
		}
		for _, execution := range found {
			before = placeOf(execution)
			one, ok := summaries[execution.GetExecution().GetRunId()]
			if !ok || in.Status != "" && one.Status != in.Status {
				continue
			}
			if len(out.Body.Items) == in.Limit {
				out.Body.NextCursor = last.cursor()
				return out, nil
			}
			out.Body.Items, last = append(out.Body.Items, one), before
		}
	}
	return out, nil
}

// filter is the visibility query of the orders that are asked for, and of
// those whose status it can't tell.
func filter(in *listInput) string {
	query := "WorkflowType = " + quote(workflows.OrderWorkflow)
	if in.Status != "" {
		query += " AND (" + workflows.SagaStatus.GetName() + " = " + quote(string(in.Status)) + " OR " + broken + ")"
	}
	if in.CustomerID != "" {
		query += " AND " + workflows.CustomerID.GetName() + " = " + quote(in.CustomerID)
	}
	return query
}

// searchable tells whether Temporal on SQL (as seen in 1.29) finds the text. It
// escapes some characters as MySQL alone needs it, and takes apostrophes off
// both ends: it would answer with nothing, or with another customer's orders.
func searchable(text string) bool {
	return !strings.ContainsAny(text, `"\`) && !strings.ContainsFunc(text, unicode.IsControl) && strings.Trim(text, "'") == text
}

// quote makes a string of Temporal's query language, in which a backslash
// escapes, as in MySQL's.
func quote(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text) + "'"
}

// summary is the order of an execution, as the attributes of another one, or
// of the same, say that it stands.
func summary(e, stands *workflowpb.WorkflowExecutionInfo) OrderSummary {
	attributes := stands.GetSearchAttributes().GetIndexedFields()
	s := OrderSummary{
		ID:        order.ID(e.GetExecution().GetWorkflowId()),
		CreatedAt: e.GetStartTime().AsTime(),
	}
	var reason order.Reason
	decode(attributes[workflows.SagaStatus.GetName()], &s.Status)
	decode(attributes[workflows.SagaReason.GetName()], &reason)
	decode(attributes[workflows.CustomerID.GetName()], &s.CustomerID)
	decode(attributes[workflows.OrderTotal.GetName()], &s.Total)
	decode(e.GetMemo().GetFields()[workflows.CurrencyMemo], &s.Currency)
	s.Reason = orNull(reason)
	return s
}

// decode leaves into as it is where visibility has no value.
func decode(payload *commonpb.Payload, into any) {
	if payload != nil {
		_ = converter.GetDefaultDataConverter().FromPayload(payload, into) // of a foreign workflow's type
	}
}
