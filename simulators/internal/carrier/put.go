package carrier

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"makegood/simulators/internal/faults"
	"makegood/simulators/internal/ledger"
)

// nowhere is the postal code that no carrier delivers to.
const nowhere = "00000"

// put creates the reference's shipment or fences it. What it came to is
// recorded before it is answered, and the first outcome wins.
func (a *API) put(fence bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		record, err := readRecord(r)
		if err != nil {
			a.answer(w, r, 0, nil, err)
			return
		}
		key := join(record.Shipper, record.Reference)
		fault, _ := faultOf(record.Recipient) // settle refuses one that it doesn't know
		struck, err := a.faults.Strike(fault, fence, record.Reference)
		if err != nil {
			a.answer(w, r, 0, nil, err)
			return
		}
		if struck {
			switch fault.Kind {
			case faults.Fail:
				a.answer(w, r, 0, nil, &refusal{http.StatusServiceUnavailable, "unavailable", "The request was asked to fail."})
				return
			case faults.Refuse:
				a.answer(w, r, 0, nil, &refusal{http.StatusForbidden, "fence_refused", "The fence was asked to be refused."})
				return
			case faults.Slow:
				a.faults.Wait(fault.Delay)
			}
		}
		record, err = a.settle(key, record, fence)
		if struck && fault.Kind == faults.Lost {
			faults.Cut()
		}
		status := http.StatusOK
		if !fence {
			status = record.Status.code()
		}
		a.answer(w, r, status, record, err)
	}
}

func (a *API) settle(key string, asked Record, fence bool) (record Record, err error) {
	err = a.ledger.Update(func(tx *ledger.Tx) error {
		first, found, err := ledger.Get[Record](tx, references, key)
		if err != nil {
			return err
		}
		if found {
			record = first
			if first.Fingerprint != asked.Fingerprint {
				return &refusal{http.StatusConflict, "other_body", "The reference was used for another shipment."}
			}
			return nil
		}
		record = asked
		record.CreatedAt = time.Now().UTC()
		switch _, known := faultOf(asked.Recipient); {
		case fence:
			record.Status = Fenced
		case !known:
			record.Status, record.Detail = Undeliverable, "The simulator knows no fault of "+asked.Recipient.Line1+
				"; it knows slow_<ms>, fail_<n>, lost_<n>, refuse_undo, slow_undo_<ms>, fail_undo_<n> and lost_undo_<n>."
		case asked.Recipient.PostalCode == nowhere:
			record.Status, record.Detail = Undeliverable, "No route to postal code "+nowhere+"."
		default:
			if err := accept(tx, &record); err != nil {
				return err
			}
		}
		return tx.Put(references, key, record)
	})
	return record, err
}

func accept(tx *ledger.Tx, record *Record) (err error) {
	if record.ID, err = tx.NewID(parcels, "shp_"); err != nil {
		return err
	}
	record.Status = Accepted
	record.Tracking = "MG" + strings.ToUpper(strings.TrimPrefix(record.ID, "shp_"))
	if err := tx.Put(parcelsOf, join(record.Reference, record.ID), record.ID); err != nil {
		return err
	}
	return tx.Put(parcels, record.ID, *record)
}

func readRecord(r *http.Request) (Record, error) {
	var s Shipment
	if err := json.NewDecoder(r.Body).Decode(&s); err != nil {
		return Record{}, &refusal{http.StatusBadRequest, "invalid", "The body is not a shipment: " + err.Error()}
	}
	for name, value := range map[string]string{
		"fingerprint":           s.Fingerprint,
		"recipient.line1":       s.Recipient.Line1,
		"recipient.postal_code": s.Recipient.PostalCode,
		"recipient.country":     s.Recipient.Country,
	} {
		if value == "" {
			return Record{}, &refusal{http.StatusBadRequest, "invalid", name + " is missing."}
		}
	}
	return Record{
		Shipper: r.URL.Query().Get("shipper"), Reference: r.PathValue("reference"),
		Fingerprint: s.Fingerprint, Recipient: s.Recipient, Items: s.Items,
	}, nil
}

// faultOf reads the fault that an address asks for: line1 "sim:<fault>".
func faultOf(a Address) (fault faults.Fault, known bool) {
	name, asked := strings.CutPrefix(a.Line1, "sim:")
	if !asked {
		return faults.Fault{}, true
	}
	return faults.Parse(strings.TrimSpace(name))
}
