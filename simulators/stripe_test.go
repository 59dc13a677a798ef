package simulators_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAKeyIsExecutedOnce(t *testing.T) {
	w := newWorld(t)
	form := intentFor("ord_1", "pm_card_visa")
	first := w.stripe(t, http.MethodPost, "/payment_intents", "k", form)
	require.Equal(t, http.StatusOK, first.status)
	require.False(t, first.replayed)

	t.Run("the same request is answered with the first result", func(t *testing.T) {
		again := w.stripe(t, http.MethodPost, "/payment_intents", "k", form)
		require.True(t, again.replayed)
		require.Equal(t, first, answer{again.status, false, again.body})
	})
	t.Run("other parameters are refused", func(t *testing.T) {
		other := intentFor("ord_1", "pm_card_visa")
		other.Set("amount", "2600")
		refused := w.stripe(t, http.MethodPost, "/payment_intents", "k", other)
		require.Equal(t, http.StatusBadRequest, refused.status)
		require.Equal(t, "idempotency_error", refused.at("error.type"))
	})
	t.Run("another endpoint is refused", func(t *testing.T) {
		refused := w.stripe(t, http.MethodPost, "/payment_intents/"+first.at("id").(string)+"/confirm", "k", form)
		require.Equal(t, "idempotency_error", refused.at("error.type"))
	})
	t.Run("what was invalid is not remembered", func(t *testing.T) {
		wrong := intentFor("ord_2", "pm_card_visa")
		wrong.Set("amount", "1")
		require.Equal(t, "amount_too_small", w.stripe(t, http.MethodPost, "/payment_intents", "k2", wrong).at("error.code"))
		right := w.stripe(t, http.MethodPost, "/payment_intents", "k2", intentFor("ord_2", "pm_card_visa"))
		require.Equal(t, http.StatusOK, right.status)
	})
	t.Run("a decline is remembered", func(t *testing.T) {
		form := intentFor("ord_3", "pm_card_chargeDeclined")
		form.Set("confirm", "true")
		declined := w.stripe(t, http.MethodPost, "/payment_intents", "k3", form)
		again := w.stripe(t, http.MethodPost, "/payment_intents", "k3", form)
		require.True(t, again.replayed)
		require.Equal(t, http.StatusPaymentRequired, again.status)
		require.Equal(t, declined.body, again.body)
	})
	t.Run("while it is executed, its repetition conflicts", func(t *testing.T) {
		form := intentFor("ord_4", "pm_sim_slow_300")
		form.Set("confirm", "true")
		statuses := make(chan int, 2)
		for range 2 {
			go func() {
				a, _ := w.tryStripe(http.MethodPost, "/payment_intents", "k4", form)
				statuses <- a.status
			}()
		}
		require.ElementsMatch(t, []int{http.StatusOK, http.StatusConflict}, []int{<-statuses, <-statuses})
	})
}

func TestIntentsGoTheirWay(t *testing.T) {
	w := newWorld(t)
	create := func(method string) string {
		return w.stripe(t, http.MethodPost, "/payment_intents", "", intentFor("", method)).at("id").(string)
	}
	do := func(id, verb string) answer {
		return w.stripe(t, http.MethodPost, "/payment_intents/"+id+"/"+verb, "", url.Values{"expand[0]": {"latest_charge"}})
	}
	t.Run("confirmed, it has the money and can't be cancelled", func(t *testing.T) {
		id := create("pm_card_visa")
		taken := do(id, "confirm")
		require.Equal(t, "succeeded", taken.at("status"))
		require.EqualValues(t, 2500, taken.at("amount_received"))
		require.EqualValues(t, 2500, taken.at("latest_charge.amount_captured"))
		for _, verb := range []string{"cancel", "confirm"} {
			refused := do(id, verb)
			require.Equal(t, http.StatusBadRequest, refused.status)
			require.Equal(t, "payment_intent_unexpected_state", refused.at("error.code"))
			require.Equal(t, "succeeded", refused.at("error.payment_intent.status"))
		}
	})
	t.Run("cancelled, it can't be confirmed", func(t *testing.T) {
		id := create("pm_card_visa")
		require.Equal(t, "canceled", do(id, "cancel").at("status"))
		require.Equal(t, "payment_intent_unexpected_state", do(id, "confirm").at("error.code"))
	})
	t.Run("declined, it wants another card and says why", func(t *testing.T) {
		id := create("pm_card_chargeDeclinedInsufficientFunds")
		declined := do(id, "confirm")
		require.Equal(t, http.StatusPaymentRequired, declined.status)
		require.Equal(t, "card_error", declined.at("error.type"))
		require.Equal(t, "card_declined", declined.at("error.code"))
		require.Equal(t, "insufficient_funds", declined.at("error.decline_code"))
		require.Equal(t, "requires_payment_method", declined.at("error.payment_intent.status"))
		kept := do(id, "cancel")
		require.Equal(t, "insufficient_funds", kept.at("last_payment_error.decline_code"))
		require.Equal(t, "failed", kept.at("latest_charge.status"))
	})
	t.Run("challenged, it waits for its holder", func(t *testing.T) {
		require.Equal(t, "requires_action", do(create("pm_card_authenticationRequired"), "confirm").at("status"))
	})
	t.Run("unknown, it is missing", func(t *testing.T) {
		require.Equal(t, "resource_missing", do("pi_nobody", "confirm").at("error.code"))
		a := w.stripe(t, http.MethodPost, "/payment_intents", "", intentFor("", "pm_nobody"))
		require.Equal(t, "resource_missing", a.at("error.code"))
		require.Equal(t, "payment_method", a.at("error.param"))
	})
}

func TestRefundsNeverExceedWhatWasTaken(t *testing.T) {
	w := newWorld(t)
	form := intentFor("ord_1", "pm_card_visa")
	form.Set("confirm", "true")
	id := w.stripe(t, http.MethodPost, "/payment_intents", "", form).at("id").(string)
	refund := func(amount string) answer {
		form := url.Values{"payment_intent": {id}}
		if amount != "" {
			form.Set("amount", amount)
		}
		return w.stripe(t, http.MethodPost, "/refunds", "", form)
	}
	require.EqualValues(t, 1000, refund("1000").at("amount"))
	require.Equal(t, http.StatusBadRequest, refund("1501").status)
	require.EqualValues(t, 1500, refund("").at("amount"))
	require.Equal(t, "charge_already_refunded", refund("").at("error.code"))

	all := w.stripe(t, http.MethodGet, "/refunds", "", url.Values{"payment_intent": {id}, "limit": {"1"}})
	require.Equal(t, true, all.at("has_more"))
	newest := all.at("data").([]any)[0].(map[string]any)
	require.EqualValues(t, 1500, newest["amount"])
	rest := w.stripe(t, http.MethodGet, "/refunds", "", url.Values{"payment_intent": {id}, "starting_after": {newest["id"].(string)}})
	require.Equal(t, false, rest.at("has_more"))
	require.Len(t, rest.at("data"), 1)
	charge := w.stripe(t, http.MethodGet, "/charges/"+newest["charge"].(string), "", nil)
	require.Equal(t, true, charge.at("refunded"))

	unpaid := w.stripe(t, http.MethodPost, "/payment_intents", "", intentFor("", "pm_card_visa")).at("id").(string)
	require.Equal(t, http.StatusBadRequest, w.stripe(t, http.MethodPost, "/refunds", "", url.Values{"payment_intent": {unpaid}}).status)
}

func TestListsPageAsStripesDo(t *testing.T) {
	w := newWorld(t)
	var made []string // newest first
	for range 25 {
		id := w.stripe(t, http.MethodPost, "/payment_intents", "", intentFor("ord", "pm_card_visa")).at("id").(string)
		made = append([]string{id}, made...)
	}
	var read []string
	form := url.Values{"limit": {"10"}}
	for more := true; more; {
		page := w.stripe(t, http.MethodGet, "/payment_intents", "", form)
		for _, intent := range page.at("data").([]any) {
			read = append(read, intent.(map[string]any)["id"].(string))
		}
		form.Set("starting_after", read[len(read)-1])
		more = page.at("has_more").(bool)
	}
	require.Equal(t, made, read)

	for query, want := range map[string]int{
		`created[gte]=1`: 10, `created[lt]=1`: 0, `created[gt]=99999999999`: 0, `limit=100`: 25,
	} {
		form, err := url.ParseQuery(query)
		require.NoError(t, err)
		require.Len(t, w.stripe(t, http.MethodGet, "/payment_intents", "", form).at("data"), want, query)
	}
	require.Equal(t, http.StatusBadRequest, w.stripe(t, http.MethodGet, "/payment_intents", "", url.Values{"limit": {"101"}}).status)
}

func TestSearchFindsByMetadata(t *testing.T) {
	w := newWorld(t)
	for _, order := range []string{"ord_1", "ord_10", `o'r\d`} {
		w.stripe(t, http.MethodPost, "/payment_intents", "", intentFor(order, "pm_card_visa"))
	}
	for query, want := range map[string]int{
		`metadata['order_id']:'ord_1'`:                                      1,
		`metadata["order_id"]:"ord_10"`:                                     1,
		`metadata['order_id']:'o\'r\\d'`:                                    1,
		`metadata['order_id']:'ord_1' AND status:'requires_confirmation'`:   1,
		`metadata['order_id']:'ord_1' AND status:'succeeded'`:               0,
		`metadata['order_id']:'ord_1' AND metadata['namespace']:'anothers'`: 0,
		`status:'requires_confirmation'`:                                    3,
	} {
		found := w.stripe(t, http.MethodGet, "/payment_intents/search", "", url.Values{"query": {query}})
		require.Len(t, found.at("data"), want, query)
	}
	refused := w.stripe(t, http.MethodGet, "/payment_intents/search", "", url.Values{"query": {"order_id is 1"}})
	require.Equal(t, http.StatusBadRequest, refused.status)
}

func TestARequestWithoutAKeyIsUnauthorized(t *testing.T) {
	w := newWorld(t)
	res, err := http.Get(w.url + "/stripe/v1/payment_intents")
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	require.Equal(t, http.StatusUnauthorized, res.StatusCode)
}
