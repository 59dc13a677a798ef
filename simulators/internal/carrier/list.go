package carrier

import (
	"net/http"
	"strconv"

	"makegood/simulators/internal/ledger"
)

// get answers with what a reference came to, whatever that is.
func (a *API) get(w http.ResponseWriter, r *http.Request) {
	var record Record
	err := a.ledger.View(func(tx *ledger.Tx) (err error) {
		var found bool
		record, found, err = ledger.Get[Record](tx, references, join(r.URL.Query().Get("shipper"), r.PathValue("reference")))
		if err == nil && !found {
			err = &refusal{http.StatusNotFound, "unknown_reference", "The carrier has never heard of the reference."}
		}
		return err
	})
	a.answer(w, r, http.StatusOK, record, err)
}

// list answers with a page of parcels, newest first. What was refused or fenced
// is no parcel and not in it.
func (a *API) list(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	limit := 10
	if text := query.Get("limit"); text != "" {
		var err error
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > 100 {
			a.answer(w, r, 0, nil, &refusal{http.StatusBadRequest, "invalid", "limit must be 1 to 100."})
			return
		}
	}
	page := struct {
		Data    []Record `json:"data"`
		HasMore bool     `json:"has_more"`
	}{Data: []Record{}}
	err := a.ledger.View(func(tx *ledger.Tx) (err error) {
		if query.Has("reference") {
			page.Data, err = parcelsOfReference(tx, query.Get("reference"))
			return err
		}
		records, more, err := ledger.Page[Record](tx, parcels, query.Get("starting_after"), limit, nil)
		page.Data, page.HasMore = append(page.Data, records...), more
		return err
	})
	a.answer(w, r, http.StatusOK, page, err)
}

// parcelsOfReference finds at most one parcel a shipper.
func parcelsOfReference(tx *ledger.Tx, reference string) ([]Record, error) {
	ids, err := ledger.WithPrefix[string](tx, parcelsOf, join(reference, ""))
	records := make([]Record, 0, len(ids))
	for _, id := range ids {
		record, _, err := ledger.Get[Record](tx, parcels, id)
		if err != nil {
			return nil, err
		}
		records = append(records, record)
	}
	return records, err
}
