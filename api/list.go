package api

import (
	"context"
	"net/http"
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

// Resolve sees what huma overlooks: an unknown parameter, or one given twice.
func (*listInput) Resolve(ctx huma.Context) []error { return checkQuery(ctx) }

// mostLooked bounds the executions that are looked at for one page: where
// thousands of orders were terminated, few of them may be what is asked for.
const mostLooked = 500

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
		Description: "Answered by Temporal's visibility alone, which lags some moments behind. " +
			"Each order is listed once: one that was terminated as its unwinding stands, one that was reset at the time of its reset. " +
			"A page may have fewer orders than its limit, or none, and a next_cursor all the same.",
		Errors: []int{http.StatusServiceUnavailable},
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
	last := before // of the page
	size := in.Limit + 1
	for looked, more := 0, true; more; size = mostLooked / 5 {
		if looked >= mostLooked {
			out.Body.NextCursor = before.cursor()
			break
		}
		var found []*workflowpb.WorkflowExecutionInfo
		if found, more, err = s.newest(ctx, filter(in), before, size); err != nil {
			return nil, fromTemporal(err)
		}
		looked += len(found)
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
