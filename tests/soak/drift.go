package soak

import (
	"context"
	"fmt"

	"makegood/audit"
)

// drifted are the audits that found the stock other than the histories say. A
// Redis that is killed has written what it answered, so none may.
func (r *run) drifted(ctx context.Context) (found []finding) {
	audits, err := r.system.Listed(ctx, "WorkflowType = '"+audit.StockWorkflow+"' AND ExecutionStatus = 'Completed'")
	if err != nil {
		return []finding{{"", "the audits of the stock can't be listed: " + err.Error()}}
	}
	for _, id := range audits {
		var report audit.StockReport
		if err := r.system.Temporal.GetWorkflow(ctx, string(id), "").Get(ctx, &report); err != nil {
			found = append(found, finding{"", fmt.Sprintf("the audit %s can't be read: %v", id, err)})
		} else if report.Drift > 0 {
			found = append(found, finding{"", fmt.Sprintf("the audit %s found %d differences: %v", id, report.Drift, report.Left)})
		}
	}
	r.print("%d audits of the stock are read", len(audits))
	return found
}
