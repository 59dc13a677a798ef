package api_test

import (
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"golang.org/x/sync/errgroup"

	"makegood/api"
	"makegood/events"
	"makegood/order"
	"makegood/tests/harness"
	"makegood/workflows"
)

const byHand = `{"action":"settled","step":"refund","by":"ada","note":"paid back by bank transfer","reference":"TX-1"}`

// refusing are providers that leave every order waiting for its refund.
func refusing() *providers { return &providers{lost: true, refuses: make(chan struct{})} }

// waiting places an order whose refund waits for a person.
func (s *shop) waiting(key string) order.ID {
	s.Helper()
	id := s.place(key).ID
	s.ends(id, order.NeedsAttention)
	return id
}

func (s *shop) say(id order.ID, word string) answer {
	s.Helper()
	a := s.call(http.MethodPost, "/v1/orders/"+string(id)+"/settle", word, "Content-Type", "application/json")
	require.Less(s, a.took, 2*time.Second)
	return a
}

func last(o api.Order, back int) api.Happening { return o.Timeline[len(o.Timeline)-back] }

func TestAnOrderThatWaitsForAPersonSaysWhatForAndIsListed(t *testing.T) {
	s := open(t)
	s.work(refusing())
	id := s.waiting("k1")
	waits := last(s.order(id), 1)
	require.Equal(t, order.EventNeedsAttention, waits.Type)
	require.Equal(t, order.Refund, waits.Waiting)
	require.Contains(t, waits.Detail, "the account is closed")
	harness.Holds(s, "it is listed", func() bool { return len(s.pages("status=needs_attention", 50)) == 1 })
	require.Equal(t, id, s.pages("status=needs_attention", 50)[0].ID)
}

func TestAPersonHasTheRefundTriedAgain(t *testing.T) {
	s := open(t)
	p := refusing()
	s.work(p)
	id := s.waiting("k1")
	said := s.say(id, `{"action":"retry"}`)
	close(p.refuses)
	require.Equal(t, http.StatusAccepted, said.code, said.text)
	require.Equal(t, id, said.ID)
	require.NotEmpty(t, said.Status)
	s.ends(id, order.Rejected)
	require.Equal(t, order.EventRefunded, last(s.order(id), 2).Type)
}

func TestAPersonSettlesTheRefundByHand(t *testing.T) {
	s := open(t)
	s.work(refusing())
	id := s.waiting("k1")
	said := s.say(id, byHand)
	require.Equal(t, http.StatusAccepted, said.code, said.text)
	s.ends(id, order.Rejected)
	settled := last(s.order(id), 2)
	require.Equal(t, order.EventSettled, settled.Type)
	require.Equal(t, &events.Settlement{Step: order.Refund, By: "ada", Note: "paid back by bank transfer", Reference: "TX-1"}, settled.Settlement)

	again := s.say(id, byHand)
	require.Equal(t, http.StatusAccepted, again.code, "its answer may have been lost")
	require.Equal(t, order.Rejected, again.Status)
	other := s.say(id, `{"action":"settled","step":"refund","by":"bob","note":"paid back again","reference":"TX-2"}`)
	require.Equal(t, http.StatusConflict, other.code)
	require.Equal(t, "/problems/nothing_to_settle", other.problem.Type)
}

func TestAWordThatNothingWaitsForSaysWhy(t *testing.T) {
	s := open(t)
	end := s.work(&providers{})
	ended := s.place("ended", "Prefer", "wait=20").ID
	end()
	end = s.work(refusing())
	waits := s.waiting("waits")
	tests := []struct {
		name    string
		id      order.ID
		word    string
		code    int
		problem string
		says    string
	}{
		{"a step that doesn't wait is named with the one that does", waits, `{"action":"settled","step":"ship","by":"ada","note":"n","reference":"r"}`, 409, "nothing_to_settle", "what waits is refund"},
		{"an order that has ended", ended, byHand, 409, "nothing_to_settle", "the order is completed"},
		{"an order that nobody placed", order.IDFromKey("never"), byHand, 404, "not_found", "no such order"},
		{"no order at all", "audit", byHand, 404, "not_found", "no such order"},
	}
	for _, test := range tests {
		refused := s.say(test.id, test.word)
		require.Equal(t, test.code, refused.code, test.name)
		require.Equal(t, "/problems/"+test.problem, refused.problem.Type, test.name)
		require.Contains(t, refused.problem.Detail, test.says, test.name)
	}
	end()
	require.Equal(t, http.StatusConflict, s.say(ended, byHand).code, "what waits for nobody needs no worker to say so")
	placed := s.say(s.place("placed").ID, byHand)
	require.Equal(t, http.StatusConflict, placed.code)
	require.Contains(t, placed.problem.Detail, "the order is placed")
}

func TestAWordThatNoWorkerTakesIsToBeSaidAgain(t *testing.T) {
	s := open(t)
	end := s.work(refusing())
	id := s.waiting("k1")
	end()
	said := s.say(id, byHand)
	require.Equal(t, http.StatusServiceUnavailable, said.code, said.text)
	require.Equal(t, "/problems/unavailable", said.problem.Type)
	require.NotEmpty(t, said.header.Get("Retry-After"))
	require.Equal(t, order.NeedsAttention, s.order(id).Status)

	s.work(refusing()) // nothing but the word ends the order
	harness.Holds(s, "it is taken once there is a worker", func() bool { return s.say(id, byHand).code == http.StatusAccepted })
	s.ends(id, order.Rejected)
}

func TestPeopleCanAskTooMuchOfAnOrder(t *testing.T) {
	if os.Getenv("MAKEGOOD_LONG") == "" {
		t.Skip("a thousand words take their time; make test-all says them")
	}
	s := open(t)
	s.work(refusing())
	id := s.waiting("k1")
	var words errgroup.Group
	words.SetLimit(8)
	for range workflows.MaxActions {
		words.Go(func() error {
			update, err := s.temporal.UpdateWorkflow(t.Context(), client.UpdateWorkflowOptions{
				WorkflowID: string(id), UpdateName: workflows.SettleUpdate, Args: []any{workflows.Word{Action: workflows.Retry}},
				WaitForStage: client.WorkflowUpdateStageCompleted,
			})
			if err != nil {
				return err
			}
			return update.Get(t.Context(), nil)
		})
	}
	require.NoError(t, words.Wait())
	refused := s.say(id, `{"action":"retry"}`)
	require.Equal(t, http.StatusConflict, refused.code)
	require.Equal(t, "/problems/too_many_actions", refused.problem.Type)
}
