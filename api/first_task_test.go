package api_test

import (
	"net/http"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"makegood/api"
	"makegood/eager"
	"makegood/order"
	"makegood/workflows"
)

// This Temporal takes nothing but starts: asked for a history it panics.
func TestAnOrderThatItsFirstTaskEndsIsAnsweredWithoutAskingTemporal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		result, err := converter.GetDefaultDataConverter().ToPayloads(workflows.Result{Status: order.Rejected, Reason: order.OutOfStock})
		require.NoError(t, err)
		over := make(chan struct{})
		c := crowd(t, &starts{}, func(config *api.Config) {
			config.WorkerBeside = func() bool { return true }
			config.FirstTask = func(string) *eager.Task { return &eager.Task{Over: over, Result: result} }
		})

		c.post()
		require.Equal(t, http.StatusAccepted, (<-c.answers).Code, "who doesn't wait has its answer with the start")
		c.post("Prefer", "wait=5")
		time.Sleep(time.Second)
		require.Empty(t, c.answered())
		close(over)
		answer := <-c.answers
		require.Equal(t, http.StatusOK, answer.Code)
		require.Contains(t, answer.Body.String(), `"status":"rejected"`)
	})
}

func TestAnOrderThatItsFirstTaskLeavesOpenIsFollowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file, err := os.Open("../tests/replay/histories/declined.json")
		require.NoError(t, err)
		defer func() { require.NoError(t, file.Close()) }()
		declined, err := client.HistoryFromJSON(file, client.HistoryJSONOptions{})
		require.NoError(t, err)
		over := make(chan struct{})
		close(over)
		c := crowd(t, &starts{history: &recorded{declined.GetEvents()}}, func(config *api.Config) {
			config.WorkerBeside = func() bool { return true }
			config.FirstTask = func(string) *eager.Task { return &eager.Task{Over: over} }
		})

		c.post("Prefer", "wait=5")

		answer := <-c.answers
		require.Equal(t, http.StatusOK, answer.Code)
		require.Contains(t, answer.Body.String(), `"status":"rejected"`)
	})
}

// recorded is a history that is read once.
type recorded struct{ events []*historypb.HistoryEvent }

func (r *recorded) HasNext() bool { return len(r.events) > 0 }

func (r *recorded) Next() (*historypb.HistoryEvent, error) {
	next := r.events[0]
	r.events = r.events[1:]
	return next, nil
}

func TestAnOrderWhoseFirstTaskGoesOnIsAnsweredWhenTheWaitIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		over := make(chan struct{})
		c := crowd(t, &starts{}, func(config *api.Config) {
			config.WorkerBeside = func() bool { return true }
			config.FirstTask = func(string) *eager.Task { return &eager.Task{Over: over} }
		})
		began := time.Now()
		c.post("Prefer", "wait=3")
		answer := <-c.answers
		require.Equal(t, http.StatusAccepted, answer.Code)
		require.Contains(t, answer.Body.String(), `"status":"placed"`)
		require.InDelta(t, 3, time.Since(began).Seconds(), 0.1)
		close(over)
	})
}
