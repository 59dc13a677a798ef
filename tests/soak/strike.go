package soak

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"makegood/tests/harness"
)

// byTarget is the plan's blows, one list a target: what is broken is mended
// before it is broken again.
func (r *run) byTarget() map[Target][]Blow {
	lists := map[Target][]Blow{}
	for _, b := range r.plan.Blows {
		lists[b.Target] = append(lists[b.Target], b)
	}
	return lists
}

// strikeAll breaks one target, blow by blow, until breaking ends. It leaves
// it mended. A blow whose time passed while the target was being mended falls
// right after that.
func (r *run) strikeAll(ctx, breaking context.Context, blows []Blow) error {
	for _, b := range blows {
		if !r.until(breaking, b.At) {
			return nil
		}
		r.lives(b.Target)
		mend, err := r.strike(b)
		if err == nil {
			pause(breaking, b.Lasts)
			err = mend(ctx)
		}
		if err != nil {
			return fmt.Errorf("%s %s: %w", b.How, b.Target, err)
		}
	}
	return nil
}

// process is what is killed and frozen: a role or a server.
type process interface {
	Kill() error
	Freeze() error
	Thaw() error
	Restart(ctx context.Context) error
}

func (r *run) processes() map[Target]process {
	s := r.system
	return map[Target]process{Worker: s.Worker, SecondWorker: r.second, Gateway: s.Gateway, Notifier: s.Notifier, Redis: s.Redis, RabbitMQ: s.RabbitMQ}
}

func (r *run) links() map[Target]*harness.Link {
	s := r.system
	return map[Target]*harness.Link{ToTemporal: s.ToTemporal, ToRedis: s.ToRedis, ToRabbitMQ: s.ToRabbitMQ, ToSimulators: s.ToSimulators}
}

// strike breaks the target and says how to mend it.
func (r *run) strike(b Blow) (mend func(context.Context) error, err error) {
	r.mu.Lock()
	r.blows[string(b.How)+" "+string(b.Target)]++
	r.mu.Unlock()
	struck, link := r.processes()[b.Target], r.links()[b.Target]
	switch b.How {
	case Kill:
		return r.restarted(b.Target, struck), struck.Kill()
	case Freeze:
		return func(context.Context) error { return struck.Thaw() }, struck.Freeze()
	case Cut:
		link.Cut()
	case Stall:
		link.Stall()
	case HoldReplies:
		link.HoldReplies()
	case SwallowReplies:
		link.SwallowReplies(b.Replies)
	}
	return func(ctx context.Context) error { link.Mend(ctx); return nil }, nil
}

// restarted waits until a broker that starts again has every queue's leader,
// and only then is it killed again: a 3.10 that dies before its quorum queues
// are all up may never find their leaders again.
func (r *run) restarted(target Target, struck process) func(context.Context) error {
	return func(ctx context.Context) error {
		if err := struck.Restart(ctx); err != nil || target != RabbitMQ {
			return err
		}
		return harness.Await(ctx, time.Minute, func(ctx context.Context) error {
			down, err := r.system.RabbitMQ.Eval(ctx, leaderless)
			if err == nil && down != "[]" {
				err = fmt.Errorf("queues without a leader: %s", down)
			}
			return err
		})
	}
}

// leaderless lists the quorum queues whose leader does not answer as one.
const leaderless = `[binary_to_list(element(4, amqqueue:get_name(Q))) || Q <- rabbit_amqqueue:list(),
	amqqueue:get_type(Q) =:= rabbit_quorum_queue,
	case catch ra:members(amqqueue:get_pid(Q), 1000) of {ok, _, _} -> false; _ -> true end].`

// lives blames a role that has ended though nobody killed it.
func (r *run) lives(target Target) {
	role, ok := r.processes()[target].(*harness.Role)
	if !ok || role.Running() {
		return
	}
	said := strings.TrimSpace(role.Log())
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wrong = append(r.wrong, fmt.Sprintf("the %s ended by itself: %s", target, said[strings.LastIndex(said, "\n")+1:]))
}

// mendAll sees to it that nothing is left broken.
func (r *run) mendAll(ctx context.Context) error {
	var errs []error
	for _, link := range r.links() {
		link.Mend(ctx)
	}
	for target, p := range r.processes() {
		r.lives(target)
		if role, ok := p.(*harness.Role); ok && !role.Running() {
			errs = append(errs, role.Start(ctx))
		}
	}
	return errors.Join(errs...)
}
