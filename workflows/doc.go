// Package workflows holds the order saga. It decides what happens next, from
// recorded outcomes alone, and never does it: effects are activities, named
// here by method reference only. Its code is deterministic; a change of it
// must still replay the histories in tests/replay.
package workflows
