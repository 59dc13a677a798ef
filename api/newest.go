package api

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"
	"time"

	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
)

const (
	// bulk is how many executions are read at most to find one page of at most
	// 100.
	bulk = 400
	// pagesAtFirst is how many pages' worth are read before anything is counted.
	// Where orders close soon after they start, as most do, the newest are among
	// them.
	pagesAtFirst = 3
	// longest is beyond any namespace's retention: such a window holds all.
	longest = 50 * 365 * 24 * time.Hour
)

// place is where an order stands among all, newest first.
type place struct {
	Start time.Time `json:"s"`
	ID    string    `json:"i"`
}

func placeOf(e *workflowpb.WorkflowExecutionInfo) place {
	return place{Start: e.GetStartTime().AsTime(), ID: e.GetExecution().GetWorkflowId()}
}

// compare orders by newest first; equal times by id.
func (p place) compare(other place) int {
	return cmp.Or(other.Start.Compare(p.Start), cmp.Compare(p.ID, other.ID))
}

func newestFirst(a, b *workflowpb.WorkflowExecutionInfo) int {
	return placeOf(a).compare(placeOf(b))
}

func (p place) cursor() string {
	text, err := json.Marshal(p)
	if err != nil {
		panic(err) // Temporal gave no time that JSON can't hold
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// parseCursor returns where the page before ended; the zero place before the
// first page.
func parseCursor(cursor string) (place, error) {
	var p place
	if cursor == "" {
		return p, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return p, err
	}
	return p, json.Unmarshal(text, &p)
}

// newest returns up to limit executions that match the query and come after
// the place before, and whether there are more.
//
// Visibility lists by the time of closing, and on SQL databases takes no ORDER
// BY, so that its own pages aren't newest first, and shift while orders close.
// A few pages are read and sorted at once. If they don't show that they hold the
// newest, a window of start times is sought that holds a page.
func (s *Server) newest(ctx context.Context, query string, before place, limit int) ([]*workflowpb.WorkflowExecutionInfo, bool, error) {
	end := before.Start
	if end.IsZero() {
		end = time.Now().Add(time.Hour) // whatever the clocks say, everything started before
	}
	query += " AND StartTime <= " + quote(end.Format(time.RFC3339Nano))
	found, whole, err := s.executions(ctx, query, min(pagesAtFirst*limit, bulk))
	if err != nil {
		return nil, false, err
	}
	if whole {
		page, more := cut(found, before, limit)
		return page, more, nil
	}
	if page, _ := cut(surely(found), before, limit); len(page) == limit {
		return page, true, nil
	}
	// The newer half of what was read is nearly the newest there is.
	slices.SortFunc(found, newestFirst)
	newest, middle := placeOf(found[0]).Start, placeOf(found[len(found)/2]).Start
	few := time.Duration(0) // a window known to hold too few
	for window := newest.Sub(middle) + time.Millisecond; ; {
		within := query + " AND StartTime >= " + quote(newest.Add(-window).Format(time.RFC3339Nano))
		counted, err := s.temporal.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{Query: within})
		if err != nil {
			return nil, false, err
		}
		count := counted.GetCount()
		if count > bulk && window-few > time.Millisecond {
			window = few + (window-few)/2
			continue
		}
		if everything := window > longest; everything || count > int64(limit) {
			found, _, err := s.executions(ctx, within, int(count)+bulk)
			if err != nil {
				return nil, false, err
			}
			page, more := cut(found, before, limit)
			if everything || len(page) == limit {
				return page, more || !everything, nil
			}
		}
		few, window = window, window*2
	}
}

// surely returns those that no newer ones are missing of: what was not read has
// closed no later than the last that was, and so began before. It returns none
// if open ones may be missing, or if visibility lists otherwise.
func surely(found []*workflowpb.WorkflowExecutionInfo) []*workflowpb.WorkflowExecutionInfo {
	never := time.Now().Add(longest)
	closedAt := func(e *workflowpb.WorkflowExecutionInfo) time.Time {
		if e.GetCloseTime() == nil {
			return never
		}
		return e.GetCloseTime().AsTime()
	}
	if !slices.IsSortedFunc(found, func(a, b *workflowpb.WorkflowExecutionInfo) int { return closedAt(b).Compare(closedAt(a)) }) {
		return nil
	}
	last := closedAt(found[len(found)-1]) // never, if it is open: none began after that
	return slices.DeleteFunc(slices.Clone(found), func(e *workflowpb.WorkflowExecutionInfo) bool {
		return !e.GetStartTime().AsTime().After(last)
	})
}

// cut sorts what was found and takes the page that follows the place before.
func cut(found []*workflowpb.WorkflowExecutionInfo, before place, limit int) ([]*workflowpb.WorkflowExecutionInfo, bool) {
	found = slices.DeleteFunc(found, func(e *workflowpb.WorkflowExecutionInfo) bool {
		return before.ID != "" && placeOf(e).compare(before) <= 0
	})
	slices.SortFunc(found, newestFirst)
	if len(found) > limit {
		return found[:limit], true
	}
	return found, false
}

// executions returns what matches, at least most of it, and whether that is all.
func (s *Server) executions(ctx context.Context, query string, most int) ([]*workflowpb.WorkflowExecutionInfo, bool, error) {
	var found []*workflowpb.WorkflowExecutionInfo
	request := &workflowservice.ListWorkflowExecutionsRequest{Query: query, PageSize: int32(min(most, bulk))}
	for {
		listed, err := s.temporal.ListWorkflow(ctx, request)
		if err != nil {
			return nil, false, err
		}
		found = append(found, listed.GetExecutions()...)
		request.NextPageToken = listed.GetNextPageToken()
		if len(request.NextPageToken) == 0 {
			return found, true, nil
		}
		if len(found) >= most {
			return found, false, nil
		}
	}
}
