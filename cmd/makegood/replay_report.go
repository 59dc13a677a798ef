package main

import (
	"fmt"
	"strings"

	workflowpb "go.temporal.io/api/workflow/v1"
)

// broken is one history that this binary could not go on with.
type broken struct {
	WorkflowID string `json:"workflow_id"`
	RunID      string `json:"run_id"`
	Type       string `json:"type"`
	Status     string `json:"status"`
	// Reason is the SDK's own words.
	Reason string `json:"reason"`
}

// longestReason keeps a line readable; the last one is shown in full, and all
// of them by --json.
const longestReason = 160

// tell writes of one history as soon as it is known to break.
func (g *replayGate) tell(listed *workflowpb.WorkflowExecutionInfo, why error) error {
	b := broken{
		WorkflowID: listed.GetExecution().GetWorkflowId(), RunID: listed.GetExecution().GetRunId(),
		Type: listed.GetType().GetName(), Status: strings.ToLower(listed.GetStatus().String()), Reason: why.Error(),
	}
	if g.json {
		return printJSON(g.out, b)
	}
	reason := strings.Join(strings.Fields(b.Reason), " ")
	if runes := []rune(reason); len(runes) > longestReason {
		reason = string(runes[:longestReason-1]) + "…"
	}
	_, err := fmt.Fprintf(g.out, "%s  %s  %s\n", b.WorkflowID, b.Status, reason)
	return err
}

// summarize writes the last line, and before it the last reason in full.
func (g *replayGate) summarize(found replayed) error {
	if g.json {
		return printJSON(g.out, found)
	}
	if found.last != nil {
		fmt.Fprintf(g.out, "the last of them in full: %s\n", found.last)
	}
	line := fmt.Sprintf("histories: %d replay, %d of them open", found.Replayed, found.Open)
	for _, more := range []struct {
		n    int
		what string
	}{
		{found.Broken, "would break"},
		{found.NotBegun, "had not begun"},
		{found.Gone, "went with their retention meanwhile"},
	} {
		if more.n > 0 {
			line += fmt.Sprintf(", %d %s", more.n, more.what)
		}
	}
	if found.seen() == 0 {
		line = "no history was found, so nothing was checked"
	}
	_, err := fmt.Fprintln(g.out, line)
	return err
}
