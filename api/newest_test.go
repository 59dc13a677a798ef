package api_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/timestamppb"
	"pgregory.net/rapid"

	"makegood/api"
)

// visibility is a Temporal that lists executions as they stand here.
type visibility struct {
	client.Client
	executions []*workflowpb.WorkflowExecutionInfo
}

var bound = regexp.MustCompile(`StartTime ([<>])= '([^']+)'`)

// matching looks at nothing of the query but the bounds of the start.
func (v *visibility) matching(query string) []*workflowpb.WorkflowExecutionInfo {
	found := slices.Clone(v.executions)
	for _, b := range bound.FindAllStringSubmatch(query, -1) {
		edge, err := time.Parse(time.RFC3339Nano, b[2])
		if err != nil {
			panic(err)
		}
		beyond := map[string]int{"<": 1, ">": -1}[b[1]]
		found = slices.DeleteFunc(found, func(e *workflowpb.WorkflowExecutionInfo) bool {
			return e.GetStartTime().AsTime().Compare(edge) == beyond
		})
	}
	return found
}

func (v *visibility) ListWorkflow(_ context.Context, r *workflowservice.ListWorkflowExecutionsRequest) (*workflowservice.ListWorkflowExecutionsResponse, error) {
	found := v.matching(r.GetQuery())
	from, _ := strconv.Atoi(string(r.GetNextPageToken()))
	to := min(from+int(r.GetPageSize()), len(found))
	answer := &workflowservice.ListWorkflowExecutionsResponse{Executions: found[from:to]}
	if to < len(found) {
		answer.NextPageToken = []byte(strconv.Itoa(to))
	}
	return answer, nil
}

func (v *visibility) CountWorkflow(_ context.Context, r *workflowservice.CountWorkflowExecutionsRequest) (*workflowservice.CountWorkflowExecutionsResponse, error) {
	return &workflowservice.CountWorkflowExecutionsResponse{Count: int64(len(v.matching(r.GetQuery())))}, nil
}

func at(ms int) time.Time {
	return time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC).Add(time.Duration(ms) * time.Millisecond)
}

// add has the order listed after the others. One that took less than nothing is
// open.
func (v *visibility) add(id string, start, took int) {
	e := &workflowpb.WorkflowExecutionInfo{
		Execution: &commonpb.WorkflowExecution{WorkflowId: id, RunId: "run of " + id},
		StartTime: timestamppb.New(at(start)), Status: enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING,
	}
	if took >= 0 {
		e.Status, e.CloseTime = enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED, timestamppb.New(at(start+took))
	}
	v.executions = append(v.executions, e)
}

// pages are the ids of all orders, page by page.
func (v *visibility) pages(t require.TestingT, gateway http.Handler, limit int) (ids []string) {
	for cursor, more := "", true; more && len(ids) <= len(v.executions); more = cursor != "" {
		answer := send(gateway, http.MethodGet, fmt.Sprintf("/v1/orders?limit=%d&cursor=%s", limit, cursor), "")
		require.Equal(t, http.StatusOK, answer.Code)
		var page api.OrderPage
		require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &page))
		for _, o := range page.Items {
			ids = append(ids, string(o.ID))
		}
		cursor = page.NextCursor
	}
	return ids
}

// Temporal lists open ones first, then by closing.
func TestPagesAreNewestFirstWheneverOrdersClose(t *testing.T) {
	temporal := &visibility{}
	gateway, err := api.New(temporal, nil, nil, api.Config{Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	rapid.Check(t, func(t *rapid.T) {
		temporal.executions = nil
		for i := range rapid.IntRange(0, 60).Draw(t, "orders") {
			temporal.add(fmt.Sprintf("ord_%02d", i), rapid.IntRange(0, 20).Draw(t, "start"), rapid.IntRange(-1, 5).Draw(t, "took"))
		}
		slices.SortStableFunc(temporal.executions, func(a, b *workflowpb.WorkflowExecutionInfo) int {
			return b.GetStartTime().AsTime().Compare(a.GetStartTime().AsTime())
		})
		var newestFirst []string
		for _, e := range temporal.executions {
			newestFirst = append(newestFirst, e.GetExecution().GetWorkflowId())
		}
		slices.SortFunc(temporal.executions, func(a, b *workflowpb.WorkflowExecutionInfo) int {
			return cmp.Or(cmp.Compare(a.GetStatus(), b.GetStatus()), b.GetCloseTime().AsTime().Compare(a.GetCloseTime().AsTime()))
		})
		require.Equal(t, newestFirst, temporal.pages(t, gateway, rapid.IntRange(1, 5).Draw(t, "limit")))
	})
}

func TestAListInAnotherOrderThanByClosingIsNotTrusted(t *testing.T) {
	temporal := &visibility{}
	gateway, err := api.New(temporal, nil, nil, api.Config{Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	for _, n := range []int{5, 7, 6, 8, 3, 0, 1, 2, 9, 4} { // the first page looks at six
		temporal.add(fmt.Sprint("ord_", n), 10*n, 1)
	}
	require.Equal(t, []string{"ord_9", "ord_8", "ord_7", "ord_6", "ord_5", "ord_4", "ord_3", "ord_2", "ord_1", "ord_0"}, temporal.pages(t, gateway, 1))
}
