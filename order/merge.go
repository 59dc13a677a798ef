package order

import "reflect"

// Merge is what two runs of one saga have recorded: all that the first knows,
// then what only the second does.
func Merge(first, second []Outcome) []Outcome {
	merged := append([]Outcome(nil), first...)
	for _, o := range second {
		if !has(first, o) {
			merged = append(merged, o)
		}
	}
	return merged
}

func has(all []Outcome, o Outcome) bool {
	for _, one := range all {
		if one.At.Equal(o.At) {
			one.At = o.At
			if reflect.DeepEqual(one, o) {
				return true
			}
		}
	}
	return false
}
