package mailbox

import (
	"encoding/json"
	"net/http"
	"strings"

	"makegood/simulators/internal/ledger"
)

// refuses tells whether mail to the recipient, refuse@… or refuse+…@…, is
// refused for good, as that to a mailbox that isn't there.
func (m *Mailbox) refuses(to string) (bool, error) {
	local, _, _ := strings.Cut(strings.ToLower(to), "@")
	local, _, _ = strings.Cut(local, "+")
	if local != "refuse" {
		return false, nil
	}
	there := false
	err := m.ledger.View(func(tx *ledger.Tx) (err error) {
		there, _, err = ledger.Get[bool](tx, opened, to)
		return err
	})
	return !there, err
}

// endRefusal opens a mailbox that was not there.
func (m *Mailbox) endRefusal(w http.ResponseWriter, r *http.Request) {
	err := m.ledger.Update(func(tx *ledger.Tx) error { return tx.Put(opened, r.PathValue("recipient"), true) })
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]string{"status": "ok"})
}
