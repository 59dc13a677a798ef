package order

import "slices"

// Merge is what two runs of one saga have recorded: all that the first knows,
// then what only the second does.
func Merge(first, second []Outcome) []Outcome {
	merged := slices.Clone(first)
	for _, o := range second {
		if !slices.ContainsFunc(first, o.same) {
			merged = append(merged, o)
		}
	}
	return merged
}

// same says that both are one fact. What a step came to is told by its step
// and the time on its record; a note by its own time.
func (o Outcome) same(other Outcome) bool {
	return o.Step == other.Step && o.At.Equal(other.At) && o.Reason == other.Reason && o.Waiting == other.Waiting
}
