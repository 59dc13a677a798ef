// Package shipping hands an order's parcel to a carrier, once, or makes sure
// that the carrier never gets it.
//
// The carrier's contract is docs/carrier.openapi.yaml. It comes to this: a
// reference of a shipper has one record, the first outcome that it came to.
// PUT /shipments/{reference} creates the parcel, unless the reference was fenced
// or refused before; PUT /shipments/{reference}/fence returns the parcel if there
// is one, and otherwise makes any later create impossible, also under a
// reference that the carrier has never seen. Both carry the whole shipment and
// the fingerprint of the order's body, answer the same again however often they
// are asked, and refuse another body under the same reference.
package shipping

import (
	"context"

	"makegood/order"
)

// Carrier ships parcels. Both of its methods are safe to retry, also while
// another attempt of the same order is still under way: the first definite
// outcome is recorded at the carrier and answered again.
//
// An error that is neither an *order.Rejection nor wraps order.ErrFingerprint
// settles nothing and is worth another attempt.
type Carrier interface {
	// Ship hands the parcel over. The outcome has its id as Reference, and its
	// Tracking. It rejects with order.Undeliverable, or with order.Fenced when a
	// Fence was there first.
	Ship(ctx context.Context, o order.Order) (order.Outcome, error)

	// Fence makes a later Ship impossible and its outcome is then Null; or, if
	// the carrier has the parcel, its outcome is the parcel's. It never rejects.
	Fence(ctx context.Context, o order.Order) (order.Outcome, error)
}
