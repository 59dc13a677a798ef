package inventory

import "makegood/order"

// keys builds every key of one stock pool. All of them share the pool's hash
// tag, so that a Redis Cluster keeps them on one node and an order is always
// one atomic script. No key is built anywhere else.
type keys struct{ prefix string }

func newKeys(namespace string) keys {
	return keys{prefix: "makegood:{stock:" + namespace + "}:"}
}

// sku is a hash: on_hand, held, added (all that Set and Adjust put in, less what
// they took out), sold (all that Commit took out).
func (k keys) sku(sku string) string { return k.prefix + "sku:" + sku }

// skus is a sorted set of every known SKU, all with score 0: a page of it is
// in the order of its bytes.
func (k keys) skus() string { return k.prefix + "skus" }

// order is a hash, the record of what happened to one order's units: state
// (held, short, committed, released, fenced), fingerprint, lines (JSON, the
// quantity by SKU), shortages, reserved_at and closed_at in unix ms.
func (k keys) order(id order.ID) string { return k.prefix + "order:" + string(id) }

// holds is a sorted set of the orders whose record is held, by reserved_at.
func (k keys) holds() string { return k.prefix + "holds" }

// operation is a hash, the record of one Set or Adjust: contents, answer,
// on_hand, held, reason, and at in unix ms.
func (k keys) operation(id string) string { return k.prefix + "operation:" + id }

// reservation is what the scripts of an order touch: its record, the index of
// holds, then the stock of each line's SKU.
func (k keys) reservation(id order.ID, lines []order.Line) []string {
	all := []string{k.order(id), k.holds()}
	for _, l := range lines {
		all = append(all, k.sku(l.SKU))
	}
	return all
}
