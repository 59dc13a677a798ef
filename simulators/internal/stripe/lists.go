package stripe

import (
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"makegood/simulators/internal/ledger"
)

// window is what a list asks for: https://docs.stripe.com/api/pagination.
type window struct {
	limit            int
	after            string
	earliest, latest int64 // created, in Unix seconds, both within
}

func windowOf(form url.Values) (window, error) {
	w := window{limit: 10, after: form.Get("starting_after"), latest: math.MaxInt64}
	if text := form.Get("limit"); text != "" {
		var err error
		if w.limit, err = strconv.Atoi(text); err != nil || w.limit < 1 || w.limit > 100 {
			return w, invalid("limit", "parameter_invalid_integer", "Invalid limit: %s. It is 1 to 100.", text)
		}
	}
	for name, set := range map[string]func(int64){
		"created":      func(at int64) { w.earliest, w.latest = at, at },
		"created[gte]": func(at int64) { w.earliest = at },
		"created[gt]":  func(at int64) { w.earliest = at + 1 },
		"created[lte]": func(at int64) { w.latest = at },
		"created[lt]":  func(at int64) { w.latest = at - 1 },
	} {
		if text := form.Get(name); text != "" {
			at, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				return w, invalid(name, "parameter_invalid_integer", "Invalid integer: %s", text)
			}
			set(at)
		}
	}
	return w, nil
}

// judge sorts out one object of a list that goes from new to old.
func (w window) judge(created int64) ledger.Verdict {
	switch {
	case created > w.latest:
		return ledger.Skip
	case created < w.earliest:
		return ledger.Stop
	default:
		return ledger.Take
	}
}

func (a *API) listIntents(tx *ledger.Tx, r *http.Request) (any, error) {
	w, err := windowOf(r.Form)
	if err != nil {
		return nil, err
	}
	page, more, err := ledger.Page(tx, intents, w.after, w.limit, func(i intent) ledger.Verdict { return w.judge(i.Created) })
	if err != nil {
		return nil, err
	}
	data, err := expandAll(tx, page, wants(r.Form, "data.latest_charge"))
	return list{Object: "list", URL: "/v1/payment_intents", HasMore: more, Data: data}, err
}

func expandAll(tx *ledger.Tx, page []intent, wanted bool) ([]any, error) {
	data := make([]any, 0, len(page))
	for _, i := range page {
		object, err := expand(tx, i, wanted)
		if err != nil {
			return nil, err
		}
		data = append(data, object)
	}
	return data, nil
}

func (a *API) listRefunds(tx *ledger.Tx, r *http.Request) (any, error) {
	w, err := windowOf(r.Form)
	if err != nil {
		return nil, err
	}
	found := list{Object: "list", URL: "/v1/refunds", Data: []any{}}
	if id := r.Form.Get("payment_intent"); id != "" {
		all, err := refundsOfIntent(tx, id)
		if err != nil {
			return nil, err
		}
		if at := slices.IndexFunc(all, func(r refund) bool { return r.ID == w.after }); at >= 0 {
			all = all[at+1:]
		}
		all = slices.DeleteFunc(all, func(r refund) bool { return w.judge(r.Created) != ledger.Take })
		found.HasMore = len(all) > w.limit
		for _, r := range all[:min(w.limit, len(all))] {
			found.Data = append(found.Data, r)
		}
		return found, nil
	}
	page, more, err := ledger.Page(tx, refunds, w.after, w.limit, func(k keptRefund) ledger.Verdict { return w.judge(k.Created) })
	for _, kept := range page {
		found.Data = append(found.Data, kept.now())
	}
	found.HasMore = more
	return found, err
}
