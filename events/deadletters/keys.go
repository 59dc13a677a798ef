package deadletters

// keys builds every key of one index. All of them share its hash tag, so that a
// Redis Cluster keeps them on one node and each change is one script. No key is
// built anywhere else.
type keys struct{ prefix string }

func newKeys(namespace string) keys {
	return keys{prefix: "makegood:{dead-letters:" + namespace + "}:"}
}

// letter is a hash, the record of one letter: death (what tells it from another
// death of the same event), before (that of the death before it), facts
// (Letter's JSON, of what never changes), body, state, place (its score in the
// list that it is on) and died in unix ms; of a closed one closed in unix ms, and
// by and why of a discarded one.
func (k keys) letter(id string) string { return k.prefix + "letter:" + id }

// list is a sorted set of letters by their place, which is given once and
// grows: the letters of one state, or the open ones, dead and redriving.
func (k keys) list(s State) string {
	if s == Redriven || s == Discarded {
		return k.prefix + string(s)
	}
	return k.prefix + "open"
}

// marked is a sorted set of the consumer's letters whose redrive was asked for,
// by the end of the lease of whoever does it, in unix ms; 0 before anybody has.
func (k keys) marked(consumer string) string { return k.prefix + "marked:" + consumer }

// ends is a sorted set of all letters by when they are to be forgotten, unix ms.
func (k keys) ends() string { return k.prefix + "ends" }

// orders is a sorted set of all letters of orders, all with score 0: an order's
// are those that begin with its id and a NUL.
func (k keys) orders() string { return k.prefix + "orders" }

// place is the last place that was given.
func (k keys) place() string { return k.prefix + "place" }
