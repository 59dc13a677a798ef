package shipping

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"makegood/order"
)

// shipment is the body of a create and of a fence.
type shipment struct {
	Fingerprint string        `json:"fingerprint"`
	Recipient   order.Address `json:"recipient"`
	Items       []item        `json:"items"`
}

type item struct {
	SKU      string `json:"sku"`
	Quantity int64  `json:"quantity"`
}

func items(o order.Order) []item {
	lines := o.Quantities()
	all := make([]item, len(lines))
	for i, line := range lines {
		all[i] = item{SKU: line.SKU, Quantity: line.Quantity}
	}
	return all
}

// record is what a reference came to.
type record struct {
	Status    string    `json:"status"`
	ID        string    `json:"id"`
	Tracking  string    `json:"tracking"`
	Detail    string    `json:"detail"`
	CreatedAt time.Time `json:"created_at"`
}

const (
	accepted      = "accepted"
	undeliverable = "undeliverable"
	fenced        = "fenced"
)

// problem is an answer that is no record.
type problem struct {
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

// readAnswer reads a record. That an answer is definite is in its body, not in
// its status alone: a proxy on the way has statuses too.
func readAnswer(status int, text []byte) (record, error) {
	var r record
	switch status {
	case http.StatusOK, http.StatusUnprocessableEntity, http.StatusGone:
		if err := json.Unmarshal(text, &r); err != nil {
			return record{}, fmt.Errorf("the carrier answered %d with what is no record: %w", status, err)
		}
		if r.Status == "" || r.CreatedAt.IsZero() {
			return record{}, fmt.Errorf("the carrier answered %d without an outcome", status)
		}
		return r, nil
	}
	var p problem
	_ = json.Unmarshal(text, &p) // whatever it is, it is no record
	if status == http.StatusConflict && p.Code == "other_body" {
		return record{}, order.ErrFingerprint
	}
	err := fmt.Errorf("the carrier answered %d %s %s", status, p.Code, p.Detail)
	if needsPerson(status) {
		err = fmt.Errorf("%w: %w", err, order.ErrNeedsPerson)
	}
	return record{}, err
}

// needsPerson says that the carrier refuses the request itself and will refuse
// it again: credentials, or a fence that it won't make.
func needsPerson(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusConflict, http.StatusTooEarly, http.StatusTooManyRequests:
		return false
	default:
		return status >= http.StatusBadRequest && status < http.StatusInternalServerError
	}
}
