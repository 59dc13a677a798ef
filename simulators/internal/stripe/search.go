package stripe

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"makegood/simulators/internal/ledger"
)

// clause is one condition of Stripe's search query language:
// https://docs.stripe.com/search#search-query-language.
var clause = regexp.MustCompile(`^(?:metadata\[["']([^"']+)["']\]|(status|currency))\s*:\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")$`)

var and = regexp.MustCompile(`(?i)\s+AND\s+`)

// searchIntents finds intents by metadata, status and currency, joined by AND.
// Unlike Stripe's, it knows at once what was written.
func (a *API) searchIntents(tx *ledger.Tx, r *http.Request) (any, error) {
	w, err := windowOf(r.Form)
	if err != nil {
		return nil, err
	}
	matches, order, err := parseQuery(r.Form.Get("query"))
	if err != nil {
		return nil, err
	}
	keep := func(i intent) ledger.Verdict {
		if matches(i) {
			return ledger.Take
		}
		return ledger.Skip
	}
	after := r.Form.Get("page")
	var page []intent
	var more bool
	if order != "" {
		page, err = intentsOfOrder(tx, order, matches)
	} else {
		page, more, err = ledger.Page(tx, intents, after, w.limit, keep)
	}
	if err != nil {
		return nil, err
	}
	found := searchResult{Object: "search_result", URL: "/v1/payment_intents/search", HasMore: more}
	if more {
		found.NextPage = &page[len(page)-1].ID
	}
	found.Data, err = expandAll(tx, page, wants(r.Form, "data.latest_charge"))
	return found, err
}

// parseQuery reads the query. order is the order id that it asks for, if any.
func parseQuery(query string) (matches func(intent) bool, order string, err error) {
	type condition struct{ key, field, value string }
	var all []condition
	for _, text := range and.Split(strings.TrimSpace(query), -1) {
		parts := clause.FindStringSubmatch(text)
		if parts == nil {
			return nil, "", invalid("query", "", "We were unable to parse your search query: %s", query)
		}
		c := condition{key: parts[1], field: parts[2], value: unescape(parts[3] + parts[4])}
		if c.key == "order_id" {
			order = c.value
		}
		all = append(all, c)
	}
	return func(i intent) bool {
		for _, c := range all {
			value := i.Metadata[c.key]
			switch c.field {
			case "status":
				value = i.Status
			case "currency":
				value = i.Currency
			}
			if value != c.value {
				return false
			}
		}
		return true
	}, order, nil
}

var escaped = regexp.MustCompile(`\\(.)`)

func unescape(text string) string { return escaped.ReplaceAllString(text, "$1") }

func intentsOfOrder(tx *ledger.Tx, order string, matches func(intent) bool) ([]intent, error) {
	ids, err := ledger.WithPrefix[string](tx, orders, order+"/")
	if err != nil {
		return nil, err
	}
	slices.Reverse(ids)
	var all []intent
	for _, id := range ids {
		i, found, err := ledger.Get[intent](tx, intents, id)
		if err != nil {
			return nil, err
		}
		if found && matches(i) {
			all = append(all, i)
		}
	}
	return all, nil
}
