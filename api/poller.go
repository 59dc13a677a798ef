package api

import (
	"time"

	taskqueuepb "go.temporal.io/api/taskqueue/v1"
)

// longPoll exceeds the minute after which a worker asks for a task again.
const longPoll = 70 * time.Second

// Polls tells whether there is still a worker behind what Temporal knows of a
// task queue's poller: it goes on naming one that is gone for five minutes.
func Polls(poller *taskqueuepb.PollerInfo) bool {
	return time.Since(poller.GetLastAccessTime().AsTime()) < longPoll
}
