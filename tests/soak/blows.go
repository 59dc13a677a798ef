package soak

import (
	"slices"
	"time"
)

// Blow is something that breaks, and works again after a while.
type Blow struct {
	At     time.Duration
	Target Target
	How    How
	// Lasts is how long it stays broken. A server that was killed needs some
	// time more to start.
	Lasts time.Duration
	// Replies is how many are swallowed.
	Replies int
}

// Target is what a blow strikes.
type Target string

// Killed are the targets that every soak of a minute kills.
var Killed = []Target{Worker, SecondWorker, Gateway, Notifier, Redis, RabbitMQ}

// The targets: roles, servers, and the links from the roles to their servers.
const (
	Worker       Target = "worker"
	SecondWorker Target = "second worker"
	Gateway      Target = "api"
	Notifier     Target = "notifier"
	Redis        Target = "redis"
	RabbitMQ     Target = "rabbitmq"
	ToTemporal   Target = "link to temporal"
	ToRedis      Target = "link to redis"
	ToRabbitMQ   Target = "link to rabbitmq"
	ToSimulators Target = "link to simulators"
)

// How a blow strikes.
type How string

// The ways to break something.
const (
	Kill           How = "kill"   // SIGKILL; it is started again
	Freeze         How = "freeze" // SIGSTOP
	Cut            How = "cut"
	Stall          How = "stall"
	HoldReplies    How = "hold replies of"
	SwallowReplies How = "swallow replies of"
)

// strain says how a target is broken: in one of these ways, the first time in
// the first of them, once in every so long, for shortest to longest. A blow is
// far shorter than STEP_DEADLINE.
type strain struct {
	target            Target
	every             time.Duration
	hows              []How
	shortest, longest time.Duration
}

// A RabbitMQ takes some ten seconds more to start, all others at most one. The
// second worker's freezes exceed what a workflow task and an attempt of an
// activity have: the first one takes them over, and then the frozen one wakes up.
var strains = []strain{
	{Worker, 9 * time.Second, []How{Kill, Kill, Freeze}, 0, 3 * time.Second},
	{SecondWorker, 30 * time.Second, []How{Kill, Freeze, Freeze}, 6 * time.Second, 18 * time.Second},
	{Gateway, 13 * time.Second, []How{Kill}, 0, 2 * time.Second},
	{Notifier, 13 * time.Second, []How{Kill}, 0, 3 * time.Second},
	{Redis, 15 * time.Second, []How{Kill, Kill, Freeze}, 0, 3 * time.Second},
	{RabbitMQ, 40 * time.Second, []How{Kill, Kill, Freeze}, 0, 6 * time.Second},
	{ToTemporal, 17 * time.Second, []How{Cut, Stall, HoldReplies}, 0, 5 * time.Second},
	{ToRedis, 11 * time.Second, []How{SwallowReplies, SwallowReplies, Stall, HoldReplies, Cut}, 0, 3 * time.Second},
	{ToRabbitMQ, 17 * time.Second, []How{SwallowReplies, Stall, HoldReplies, Cut}, 0, 4 * time.Second},
	{ToSimulators, 7 * time.Second, []How{SwallowReplies, SwallowReplies, Stall, HoldReplies, Cut}, 0, 4 * time.Second},
}

// blows breaks each target at times of its own. The first blow of each comes
// early, so that a soak of a minute has them all.
func blows(seed uint64, length time.Duration) []Blow {
	var all []Blow
	for _, s := range strains {
		all = append(all, s.blows(seed, length)...)
	}
	slices.SortStableFunc(all, func(a, b Blow) int { return int(a.At - b.At) })
	return all
}

func (s strain) blows(seed uint64, length time.Duration) []Blow {
	d := dice(seed, "blows at "+string(s.target))
	var all []Blow
	for at := s.every/4 + between(d, 0, s.every/2); at < length; at += around(d, s.every) {
		b := Blow{At: at, Target: s.target, How: pick(d, s.hows...), Lasts: between(d, s.shortest, s.longest)}
		if len(all) == 0 {
			b.How = s.hows[0]
		}
		if b.How == SwallowReplies {
			b.Replies = 1 + d.IntN(12)
		}
		all = append(all, b)
	}
	return all
}
