package carrier

import (
	"net/http"
	"time"
)

// Record is what a reference came to, once and for all.
type Record struct {
	Shipper     string `json:"shipper"`
	Reference   string `json:"reference"`
	Fingerprint string `json:"fingerprint"`
	Status      Status `json:"status"`
	// ID and Tracking are the parcel's; empty unless it was accepted.
	ID       string `json:"id,omitempty"`
	Tracking string `json:"tracking,omitempty"`
	// Detail says why it is undeliverable.
	Detail string `json:"detail,omitempty"`
	// CreatedAt is when the outcome was recorded.
	CreatedAt time.Time `json:"created_at"`
	Recipient Address   `json:"recipient"`
	Items     []Item    `json:"items"`
}

// Status is the outcome.
type Status string

const (
	// Accepted says that the carrier has the parcel.
	Accepted Status = "accepted"
	// Undeliverable says that the carrier refused it and always will.
	Undeliverable Status = "undeliverable"
	// Fenced says that there is no parcel, and never will be.
	Fenced Status = "fenced"
)

// code is the HTTP status of a create that finds, or makes, the record.
func (s Status) code() int {
	switch s {
	case Undeliverable:
		return http.StatusUnprocessableEntity
	case Fenced:
		return http.StatusGone
	default:
		return http.StatusOK
	}
}

// Shipment is the body of a create and of a fence.
type Shipment struct {
	Fingerprint string  `json:"fingerprint"`
	Recipient   Address `json:"recipient"`
	Items       []Item  `json:"items"`
}

// Address is where the parcel goes.
type Address struct {
	Name       string `json:"name"`
	Line1      string `json:"line1"`
	Line2      string `json:"line2,omitempty"`
	City       string `json:"city"`
	State      string `json:"state,omitempty"`
	PostalCode string `json:"postal_code"`
	Country    string `json:"country"`
}

// Item is some units of one SKU.
type Item struct {
	SKU      string `json:"sku"`
	Quantity int64  `json:"quantity"`
}
