//go:build race

package harness

// UnderRace says that the race detector watches: what is measured then says
// nothing of what would be without.
const UnderRace = true
