package stripe

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"makegood/simulators/internal/ledger"
)

var currencyCode = regexp.MustCompile(`^[a-z]{3}$`)

func (a *API) createIntent(tx *ledger.Tx, r *http.Request) (any, error) {
	i, err := newIntent(r.PostForm)
	if err != nil {
		return nil, err
	}
	confirm := r.PostForm.Get("confirm") == "true"
	if confirm && i.PaymentMethod == nil {
		return nil, invalid("payment_method", "parameter_missing", "You must provide a payment method when confirming.")
	}
	if i.ID, err = tx.NewID(intents, "pi_"); err != nil {
		return nil, err
	}
	i.ClientSecret = i.ID + "_secret_" + rand.Text()
	if order := i.Metadata["order_id"]; order != "" {
		if err := tx.Put(orders, order+"/"+i.ID, i.ID); err != nil {
			return nil, err
		}
	}
	if confirm {
		return a.take(tx, r, i)
	}
	return save(tx, r, i)
}

func newIntent(form url.Values) (intent, error) {
	i := intent{
		Object: "payment_intent", CaptureMethod: "automatic_async", ConfirmationMethod: "automatic",
		Created: time.Now().Unix(), Metadata: metadata(form), Status: requiresMethod,
		Currency: form.Get("currency"), PaymentMethodTypes: []string{"card"},
	}
	var err error
	if i.Amount, err = strconv.ParseInt(form.Get("amount"), 10, 64); err != nil {
		return i, invalid("amount", "parameter_invalid_integer", "Invalid integer: %s", form.Get("amount"))
	}
	if !currencyCode.MatchString(i.Currency) {
		return i, invalid("currency", "", "Invalid currency: %s. Currencies are three lower-case letters.", i.Currency)
	}
	if i.Amount < minimum(i.Currency) {
		return i, invalid("amount", "amount_too_small", "Amount must be at least %d %s", minimum(i.Currency), i.Currency)
	}
	if step := steps[i.Currency]; step > 1 && i.Amount%step != 0 {
		return i, invalid("amount", "parameter_invalid_integer", "Invalid amount: in %s it must be a multiple of %d", i.Currency, step)
	}
	if i.Amount > maximum {
		return i, invalid("amount", "amount_too_large", "Amount must be no more than %d %s", maximum, i.Currency)
	}
	if types := values(form, "payment_method_types"); len(types) > 0 && !slices.Contains(types, "card") {
		return i, invalid("payment_method_types", "payment_intent_invalid_parameter", "The simulator takes cards alone.")
	}
	if text := form.Get("description"); text != "" {
		i.Description = &text
	}
	return i, i.use(form.Get("payment_method"))
}

// use sets the payment method, if one is named.
func (i *intent) use(method string) error {
	if method == "" {
		return nil
	}
	if _, known := cardOf(method); !known {
		if strings.HasPrefix(method, "pm_sim_") {
			return invalid("payment_method", "resource_missing", "The simulator knows no fault of %s; it knows %s.", method, knownFaults)
		}
		return missing("payment_method", "PaymentMethod", method)
	}
	i.PaymentMethod = &method
	i.Status = requiresConfirmation
	return nil
}

func (a *API) confirmIntent(tx *ledger.Tx, r *http.Request) (any, error) {
	i, err := find(tx, r)
	if err != nil {
		return nil, err
	}
	if i.Status == succeeded || i.Status == canceled {
		return nil, unexpectedState(i, "confirm")
	}
	if err := i.use(r.PostForm.Get("payment_method")); err != nil {
		return nil, err
	}
	if i.PaymentMethod == nil {
		return nil, unexpectedState(i, "confirm")
	}
	return a.take(tx, r, i)
}

func (a *API) cancelIntent(tx *ledger.Tx, r *http.Request) (any, error) {
	i, err := find(tx, r)
	if err != nil {
		return nil, err
	}
	if i.Status == succeeded || i.Status == canceled {
		return nil, unexpectedState(i, "cancel")
	}
	if reason := r.PostForm.Get("cancellation_reason"); reason != "" {
		if !slices.Contains([]string{"duplicate", "fraudulent", "requested_by_customer", "abandoned"}, reason) {
			return nil, invalid("cancellation_reason", "", "Invalid cancellation_reason: %s", reason)
		}
		i.CancellationReason = &reason
	}
	at := time.Now().Unix()
	i.Status, i.CanceledAt, i.NextAction = canceled, &at, nil
	return save(tx, r, i)
}

func (a *API) retrieveIntent(tx *ledger.Tx, r *http.Request) (any, error) {
	i, err := find(tx, r)
	if err != nil {
		return nil, err
	}
	return expand(tx, i, wants(r.Form, "latest_charge"))
}

func find(tx *ledger.Tx, r *http.Request) (intent, error) {
	id := r.PathValue("intent")
	i, found, err := ledger.Get[intent](tx, intents, id)
	if err == nil && !found {
		err = missing("intent", "payment_intent", id)
	}
	return i, err
}

func save(tx *ledger.Tx, r *http.Request, i intent) (any, error) {
	if err := tx.Put(intents, i.ID, i); err != nil {
		return nil, err
	}
	return expand(tx, i, wants(r.Form, "latest_charge"))
}

// expand puts the charge itself where its id is, if the request wants that.
func expand(tx *ledger.Tx, i intent, wanted bool) (any, error) {
	id, ok := i.LatestCharge.(string)
	if !wanted || !ok {
		return i, nil
	}
	taken, _, err := ledger.Get[charge](tx, charges, id)
	i.LatestCharge = taken
	return i, err
}

func wants(form url.Values, member string) bool {
	return slices.Contains(values(form, "expand"), member)
}

// values reads a list as clients write it: name[], or name[0] and so on.
func values(form url.Values, name string) []string {
	all := slices.Clone(form[name+"[]"])
	for n := 0; form.Has(name + "[" + strconv.Itoa(n) + "]"); n++ {
		all = append(all, form.Get(name+"["+strconv.Itoa(n)+"]"))
	}
	return all
}

func metadata(form url.Values) map[string]string {
	all := map[string]string{}
	for name := range form {
		if key, ok := strings.CutPrefix(name, "metadata["); ok {
			all[strings.TrimSuffix(key, "]")] = form.Get(name)
		}
	}
	return all
}
