package matrix_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"

	"makegood/activities"
	"makegood/order"
)

// how is what a strike does to one attempt of an activity.
type how string

const (
	fails      how = "fails"       // an error, and nothing takes effect
	loses      how = "loses"       // it takes effect, and the answer is lost
	kills      how = "kills"       // it takes effect, and kills the worker before that is recorded
	dies       how = "dies"        // it takes effect, and waits for the test to kill the worker
	panics     how = "panics"      // a panic, and nothing takes effect
	garbles    how = "garbles"     // the worker can't decode the order
	stalls     how = "stalls"      // nothing takes effect before the attempt's time is over
	lingers    how = "lingers"     // it takes effect beside the attempt that follows
	dangles    how = "dangles"     // it takes effect once its own undo is recorded
	comesLate  how = "comes late"  // it takes effect once its own undo has begun
	hears      how = "hears"       // it begins, something is said, and it gives up
	outlasts   how = "outlasts"    // it takes effect, something is said, and then it answers
	needsHelp  how = "needs help"  // refused for good, until somebody mends it
	meetsLate  how = "meets late"  // an undo: it waits until the late effect is there
	waitsAgain how = "waits"       // an undo: it waits until something is said again
	failsUntil how = "fails until" // an error, until somebody mends it
)

// strike hits attempts of one activity of one order.
type strike struct {
	on    string // the activity
	how   how
	times int  // 0 means every attempt
	lane  bool // the local attempt alone; else only regular ones if late
	late  bool
	undo  string // of dangles and comesLate: the activity that undoes it
}

func (s strike) name() string { return s.on + " " + string(s.how) }

// patience is how long a struck attempt waits for what must come.
const patience = 90 * time.Second

// striker carries out the plans of the cells, on the worker.
type striker struct {
	interceptor.InterceptorBase
	dir string
}

func (s *striker) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	in := &struck{dir: s.dir}
	in.Next = next
	return in
}

type struck struct {
	interceptor.ActivityInboundInterceptorBase
	dir string
}

func (s *struck) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	if len(in.Args) != 1 {
		return s.Next.ExecuteActivity(ctx, in)
	}
	o, ok := in.Args[0].(order.Order)
	if !ok {
		return s.Next.ExecuteActivity(ctx, in)
	}
	cell, ok := cells[o.CustomerID]
	if !ok {
		return s.Next.ExecuteActivity(ctx, in)
	}
	info := activity.GetInfo(ctx)
	name, m := info.ActivityType.Name, marks{dir: s.dir + "/" + o.CustomerID}
	m.set("at " + name)
	if !info.IsLocalActivity {
		m.set("regular " + name)
	}
	act := func(ctx context.Context) (any, error) {
		result, err := s.Next.ExecuteActivity(ctx, in)
		if err == nil {
			m.set("done " + name)
		}
		return result, err
	}
	for _, hit := range cell.strikes() {
		if hit.on != name || hit.lane && !info.IsLocalActivity || hit.late && info.IsLocalActivity || hit.how == garbles {
			continue
		}
		if hit.times == 0 && m.has("at Fence") && name != cell.last() {
			continue // the order has turned: what failed until then no longer does
		}
		if hit.times == 0 || m.take(hit.name(), hit.times) {
			m.set(hit.name())
			return hit.land(ctx, m, act)
		}
	}
	return act(ctx)
}

var errStruck = errors.New("struck by the matrix")

func (s strike) land(ctx context.Context, m marks, act func(context.Context) (any, error)) (any, error) {
	detached, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	switch s.how {
	case fails:
		return nil, errStruck
	case loses:
		_, err := act(ctx)
		return nil, errors.Join(errStruck, err)
	case kills:
		if _, err := act(detached); err != nil {
			return nil, err
		}
		return nil, syscall.Kill(os.Getpid(), syscall.SIGKILL)
	case dies:
		_, err := act(detached)
		m.set("ready")
		<-detached.Done()
		return nil, errors.Join(errStruck, err)
	case panics:
		panic("struck by the matrix")
	case stalls:
		<-ctx.Done()
		return nil, ctx.Err()
	case lingers:
		return s.after(detached, m, "regular "+s.on, act)
	case dangles:
		return s.after(detached, m, "done "+s.undo, act)
	case comesLate:
		return s.after(detached, m, "at "+s.undo, act)
	case hears:
		return nil, errors.Join(errStruck, m.await(detached, "said"))
	case outlasts:
		result, err := act(detached)
		m.set("took effect")
		return result, errors.Join(err, m.await(detached, "said"))
	case needsHelp:
		if m.has("mended") {
			return act(ctx)
		}
		return nil, temporal.NewApplicationErrorWithCause("refused for good by the matrix", activities.NeedsPerson, order.ErrNeedsPerson)
	case failsUntil:
		if m.has("mended") {
			return act(ctx)
		}
		return nil, errStruck
	case meetsLate:
		if err := m.await(detached, "late"); err != nil {
			return nil, err
		}
		return act(detached)
	case waitsAgain:
		if err := m.await(detached, "said again"); err != nil {
			return nil, err
		}
		return act(detached)
	default:
		return nil, fmt.Errorf("no strike is %q", s.how)
	}
}

// after takes effect once the mark is there, whoever has given up on it, and
// marks how that went.
func (s strike) after(ctx context.Context, m marks, mark string, act func(context.Context) (any, error)) (any, error) {
	if err := m.await(ctx, mark); err != nil {
		return nil, err
	}
	result, err := act(ctx)
	if err == nil {
		m.set("late took effect")
	}
	m.set("late")
	return result, err
}
