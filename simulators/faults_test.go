package simulators_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAFaultThatSomebodyEndedIsOverForItsOrderAlone(t *testing.T) {
	w := newWorld(t)
	refund := func(id string) func() int {
		form := intentFor(id, "pm_sim_refuse_undo")
		form.Set("confirm", "true")
		taken := w.stripe(t, http.MethodPost, "/payment_intents", "", form)
		require.Equal(t, "succeeded", taken.at("status"))
		return func() int {
			return w.stripe(t, http.MethodPost, "/refunds", "refund "+id, url.Values{"payment_intent": {taken.at("id").(string)}}).status
		}
	}
	mended, broken := refund("ord_1"), refund("ord_2")
	require.Equal(t, http.StatusBadRequest, mended())

	request, err := http.NewRequest(http.MethodDelete, w.url+"/faults/ord_1", nil)
	require.NoError(t, err)
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, http.StatusOK, answer.StatusCode)

	require.Equal(t, http.StatusOK, mended(), "under the same key")
	require.Equal(t, http.StatusBadRequest, broken())
}

// A fault that is misspelt would else be no fault at all.
func TestAFaultThatNobodyKnowsIsRefused(t *testing.T) {
	w := newWorld(t)
	refused := w.stripe(t, http.MethodPost, "/payment_intents", "", intentFor("ord_1", "pm_sim_bogus"))
	require.Equal(t, http.StatusBadRequest, refused.status)
	require.Contains(t, refused.at("error.message"), "refuse_undo")
}
