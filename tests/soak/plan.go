// Package soak runs a whole makegood for a time while everything fails that
// can: its roles and servers are killed and frozen, its connections cut,
// stalled and robbed of replies, and its customers, its shop and its operators
// do whatever they may, at the worst time. Then the books must be right.
//
// What is done when is a Plan, which a seed repeats. It is package soak and no
// test file so that each idea has a file of its own.
package soak

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"time"
)

// Plan says what a soak does and when, each list by its time. It is a pure
// function of seed and length, and a longer one begins like a shorter one.
// How it goes is not: that rests on the machine.
type Plan struct {
	Seed     uint64
	Length   time.Duration
	Orders   []Order
	Supplies []Supply
	Blows    []Blow
}

// NewPlan makes the plan of a seed.
func NewPlan(seed uint64, length time.Duration) Plan {
	return Plan{
		Seed: seed, Length: length,
		Orders: orders(seed, length), Supplies: supplies(seed, length), Blows: blows(seed, length),
	}
}

// dice are the numbers that one part of a plan draws. Each part has its own, so
// that one draw more in it does not change the others.
func dice(seed uint64, part string) *rand.Rand {
	return rand.New(rand.NewChaCha8(sha256.Sum256(fmt.Appendf(nil, "%d %s", seed, part))))
}

// around draws a pause that is pause on average: half as long to half as long again.
func around(d *rand.Rand, pause time.Duration) time.Duration { return between(d, pause/2, pause*3/2) }

func between(d *rand.Rand, least, most time.Duration) time.Duration {
	return (least + time.Duration(d.Int64N(int64(most-least)+1))).Round(time.Millisecond)
}

// chance is true in so many of a hundred draws.
func chance(d *rand.Rand, percent int) bool { return d.IntN(100) < percent }

// pick draws one of the values, each as often as the others.
func pick[T any](d *rand.Rand, values ...T) T { return values[d.IntN(len(values))] }

// weighed draws an index, each as often as its weight says.
func weighed(d *rand.Rand, n int, weight func(int) int) int {
	sum := 0
	for i := range n {
		sum += weight(i)
	}
	at := d.IntN(sum)
	for i := range n {
		if at -= weight(i); at < 0 {
			return i
		}
	}
	panic("unreachable: at is less than the sum of the weights")
}
