package api_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/order"
	"makegood/tests/harness"
)

func (s *shop) cancel(id order.ID) answer {
	s.Helper()
	a := s.call(http.MethodPost, "/v1/orders/"+string(id)+"/cancel", "")
	require.Less(s, a.took, 2*time.Second)
	return a
}

func (s *shop) ends(id order.ID, status order.Status) {
	s.Helper()
	harness.Holds(s, "the order ends "+string(status), func() bool { return s.order(id).Status == status })
}

func TestACancelWithoutAWorkerIsKeptUntilThereIsOne(t *testing.T) {
	s := open(t)
	id := s.place("k1").ID
	require.Equal(t, http.StatusAccepted, s.cancel(id).code)
	require.Equal(t, http.StatusAccepted, s.cancel(id).code, "and again")
	s.work(&providers{hangs: true})
	s.ends(id, order.Cancelled)
	require.Equal(t, order.CancelledByShop, *s.order(id).Reason)
}

func TestACancelWhileThePaymentHangs(t *testing.T) {
	s := open(t)
	s.work(&providers{hangs: true})
	id := s.place("k1").ID
	require.Equal(t, http.StatusAccepted, s.cancel(id).code)
	s.ends(id, order.Cancelled)
	again := s.cancel(id)
	require.Equal(t, http.StatusAccepted, again.code)
	require.Equal(t, order.Cancelled, again.Status)
}

func TestACancelThatComesTooLateSaysWhy(t *testing.T) {
	tests := []struct {
		name      string
		providers providers
		ends      order.Status
		problem   string
	}{
		{"the carrier has the parcel and the workflow is closed", providers{}, order.Completed, "/problems/already_shipped"},
		{"the carrier has the parcel and the workflow is open", providers{frozen: true}, order.Completed, "/problems/already_shipped"},
		{"the payment was declined", providers{declines: true}, order.Rejected, "/problems/already_rejected"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := open(t)
			s.work(&test.providers)
			id := s.place("k1", "Prefer", "wait=20").ID
			s.ends(id, test.ends)
			refused := s.cancel(id)
			require.Equal(t, http.StatusConflict, refused.code)
			require.Equal(t, test.problem, refused.problem.Type)
		})
	}
}

func TestAnOrderThatNobodyPlacedIsUnknown(t *testing.T) {
	s := open(t)
	id := order.IDFromKey("never")
	require.Equal(t, http.StatusNotFound, s.cancel(id).code)
	for _, path := range []string{"", "/events"} {
		unknown := s.call(http.MethodGet, "/v1/orders/"+string(id)+path, "")
		require.Equal(t, http.StatusNotFound, unknown.code)
		require.Equal(t, "/problems/not_found", unknown.problem.Type)
	}
}
