package inventory

import "makegood/order"

// keys builds every key of one stock pool. All of them share the pool's hash
// tag, so that a Redis Cluster keeps them on one node and an order is always
// one atomic script. No key is built anywhere else.
type keys struct{ prefix string }

func newKeys(namespace string) keys { return keys{prefix: KeyPrefix(namespace)} }

// KeyPrefix is what every key of the namespace's pool begins with.
func KeyPrefix(namespace string) string { return "makegood:{stock:" + namespace + "}:" }

// available and onHand are strings, a SKU's level: Reserve takes from what is
// available, Release gives back to it, and Commit takes from what is on hand.
// What is held is the difference.
func (k keys) available(sku string) string { return k.prefix + "available:" + sku }
func (k keys) onHand(sku string) string    { return k.prefix + "on_hand:" + sku }

// added is a string: all that Set and Adjust put in, less what they took out.
// sold is one, too: all that Commit took out. On hand is the difference.
func (k keys) added(sku string) string { return k.prefix + "added:" + sku }
func (k keys) sold(sku string) string  { return k.prefix + "sold:" + sku }

// skus is a sorted set of every known SKU, all with score 0: a page of it is
// in the order of its bytes.
func (k keys) skus() string { return k.prefix + "skus" }

// order is a JSON string, the record of what happened to one order's units:
// state (held, short, committed, released, fenced), fingerprint, lines (the
// quantity by SKU), shortages, reserved_at and closed_at in unix ms.
func (k keys) order(id order.ID) string { return k.prefix + "order:" + string(id) }

// holds is a hash of the orders whose record is held: reserved_at by order id.
func (k keys) holds() string { return k.prefix + "holds" }

// operation is a hash, the record of one Set or Adjust: contents, answer,
// on_hand, held, reason, and at in unix ms; or of one repair, with what it was about.
func (k keys) operation(id string) string { return k.prefix + "operation:" + id }
