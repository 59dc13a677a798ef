package soak_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"makegood/tests/soak"
)

func TestASeedRepeatsItsPlan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		length := time.Duration(rapid.IntRange(10, 120).Draw(t, "seconds")) * time.Second
		plan := soak.NewPlan(seed, length)
		require.Equal(t, plan, soak.NewPlan(seed, length))

		other := soak.NewPlan(seed+1, length)
		require.NotEqual(t, plan.Orders, other.Orders)
		require.NotEqual(t, plan.Blows, other.Blows)
		require.NotEqual(t, plan.Supplies, other.Supplies)

		longer := soak.NewPlan(seed, length+30*time.Second)
		require.Greater(t, len(longer.Orders), len(plan.Orders))
		require.Equal(t, plan.Orders, longer.Orders[:len(plan.Orders)])
		require.Equal(t, plan.Supplies, longer.Supplies[:len(plan.Supplies)])
		require.Equal(t, plan.Blows, longer.Blows[:len(plan.Blows)])
	})
}

// A soak of a minute, as make test has it, has some of all.
func TestAPlanOfAMinuteHasEverything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plan := soak.NewPlan(rapid.Uint64().Draw(t, "seed"), time.Minute)
		require.Greater(t, len(plan.Orders), 150)
		for _, target := range soak.Killed {
			require.True(t, slices.ContainsFunc(plan.Blows, func(b soak.Blow) bool {
				return b.Target == target && b.How == soak.Kill
			}), "nothing kills %s", target)
		}
		for _, target := range []soak.Target{soak.ToTemporal, soak.ToRedis, soak.ToRabbitMQ, soak.ToSimulators} {
			require.True(t, slices.ContainsFunc(plan.Blows, func(b soak.Blow) bool { return b.Target == target }), "nothing breaks the %s", target)
		}
		for _, o := range plan.Orders {
			require.Empty(t, o.Request.Check(), "the gateway takes it: %+v", o.Request)
		}
	})
}

// Over some plans, every kind of order occurs, each act is done, and every
// target is broken in each of its ways.
func TestPlansLeaveNothingOut(t *testing.T) {
	seen := map[string]bool{}
	for seed := range uint64(3) {
		plan := soak.NewPlan(seed, 10*time.Minute)
		for _, o := range plan.Orders {
			seen[o.Name] = true
			for _, deed := range o.Deeds {
				seen[string(deed.Act)] = true
			}
		}
		for _, b := range plan.Blows {
			seen[fmt.Sprintf("%s %s", b.How, b.Target)] = true
		}
	}
	for _, kind := range soak.Kinds {
		require.True(t, seen[kind.Name], "no order %s", kind.Name)
	}
	for _, act := range []soak.Act{soak.PostAgain, soak.Cancel, soak.CancelUI, soak.Terminate, soak.Reset} {
		require.True(t, seen[string(act)], "nobody %s", act)
	}
	for target, hows := range map[soak.Target][]soak.How{
		soak.Worker: {soak.Kill, soak.Freeze}, soak.SecondWorker: {soak.Kill, soak.Freeze}, soak.Gateway: {soak.Kill}, soak.Notifier: {soak.Kill},
		soak.Redis: {soak.Kill, soak.Freeze}, soak.RabbitMQ: {soak.Kill, soak.Freeze},
		soak.ToTemporal:   {soak.Cut, soak.Stall, soak.HoldReplies},
		soak.ToRedis:      {soak.Cut, soak.Stall, soak.HoldReplies, soak.SwallowReplies},
		soak.ToRabbitMQ:   {soak.Cut, soak.Stall, soak.HoldReplies, soak.SwallowReplies},
		soak.ToSimulators: {soak.Cut, soak.Stall, soak.HoldReplies, soak.SwallowReplies},
	} {
		for _, how := range hows {
			require.True(t, seen[fmt.Sprintf("%s %s", how, target)], "nobody %ss %s", how, target)
		}
	}
}
