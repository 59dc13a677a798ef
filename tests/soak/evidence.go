package soak

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/temporalproto"
	"go.temporal.io/api/workflowservice/v1"

	"makegood/order"
	"makegood/tests/harness"
	"makegood/workflows"
)

// mostExplained bounds what is printed of a soak that went very wrong.
const mostExplained = 8

// explain prints, of each order with a finding, all that helps to see why.
func (r *run) explain(ctx context.Context, found []finding) {
	books, err := r.system.Books(ctx)
	if err != nil {
		r.print("the books can't be read: %v", err)
	}
	explained := map[order.ID]bool{}
	for _, f := range found {
		s := r.saleOf(f.order)
		if s == nil || explained[f.order] || len(explained) == mostExplained {
			continue
		}
		explained[f.order] = true
		r.section("order %s of seed %d, planned at %s: %s", s.ID, r.plan.Seed, s.At, s.Name)
		request, _ := json.Marshal(s.Request)
		r.line("%s", request)
		r.line("key %q, began at %s, ended at %s", s.Key, s.began.UTC().Format(clock), s.ended.UTC().Format(clock))
		for _, note := range s.notes {
			r.line("%s", note)
		}
		r.explainHistory(ctx, string(s.ID))
		r.explainHistory(ctx, workflows.UnwindID(s.ID))
		r.explainBooks(books.Of(s.ID), s.ID)
		r.explainLogs(s.ID)
	}
}

const clock = "15:04:05.000"

func (r *run) section(format string, args ...any) {
	fmt.Fprintf(r.out, "\n── "+format+"\n", args...)
}
func (r *run) line(format string, args ...any) { fmt.Fprintf(r.out, "   "+format+"\n", args...) }

// explainHistory prints each run of a workflow, a line an event.
func (r *run) explainHistory(ctx context.Context, workflowID string) {
	listed, err := r.system.Temporal.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{Query: fmt.Sprintf("WorkflowId='%s'", workflowID)})
	if err != nil {
		r.line("history of %s: %v", workflowID, err)
	}
	for _, execution := range listed.GetExecutions() {
		run := execution.GetExecution().GetRunId()
		r.line("history of %s, run %s", workflowID, run)
		events := r.system.Temporal.GetWorkflowHistory(ctx, workflowID, run, false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		for events.HasNext() {
			event, err := events.Next()
			if err != nil {
				r.line("  %v", err)
				break
			}
			r.line("  %3d %s %s", event.GetEventId(), event.GetEventTime().AsTime().Format(clock), summary(event))
		}
	}
}

var readable = temporalproto.CustomJSONMarshalOptions{Metadata: map[string]any{commonpb.EnablePayloadShorthandMetadataKey: true}}

// summary is the event's kind, and what is in it as far as a line goes.
func summary(event *historypb.HistoryEvent) string {
	kind := strings.TrimPrefix(event.GetEventType().String(), "EVENT_TYPE_")
	switch event.GetEventType() {
	case enumspb.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED, enumspb.EVENT_TYPE_WORKFLOW_TASK_STARTED,
		enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED, enumspb.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES:
		return kind
	}
	text, err := readable.Marshal(event)
	if err != nil {
		return kind
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(text, &members) != nil {
		return kind
	}
	for name, member := range members {
		if strings.HasSuffix(name, "Attributes") {
			return kind + " " + cut(string(member), 400)
		}
	}
	return kind
}

func (r *run) explainBooks(books harness.Books, id order.ID) {
	for _, i := range books.Intents {
		r.line("intent %s: %s, %d of %d taken", i.ID, i.Status, i.Received, i.Amount)
	}
	for _, refund := range books.Refunds {
		r.line("refund %s: %s, %d", refund.ID, refund.Status, refund.Amount)
	}
	for _, p := range books.Parcels {
		r.line("parcel %s: %s", p.ID, p.Status)
	}
	for _, d := range r.system.Heard.Of(id) {
		r.line("event %d %s %s, redelivered: %t", d.Sequence, d.ID, d.Type, d.Redelivered)
	}
}

// explainLogs prints what the roles said of the order.
func (r *run) explainLogs(id order.ID) {
	for _, role := range []*harness.Role{r.system.Gateway, r.system.Worker, r.second, r.system.Notifier} {
		for line := range strings.Lines(role.Log()) {
			if strings.Contains(line, string(id)) {
				r.line("%s: %s", role.Command, cut(strings.TrimSpace(line), 400))
			}
		}
	}
}

func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return text[:most] + "…"
}
