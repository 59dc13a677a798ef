package activities

import (
	"sync"
	"time"
)

// unsentFor exceeds the time between two attempts at an announcement, which is
// refusedPause twice, with the second attempt itself.
const unsentFor = 90 * time.Second

// unsent is the oldest event of the announcements that failed lately. Who
// publishes one at last may be another process, and in an outage there is one of
// every order: so none is remembered alone, and all are forgotten if they are
// not tried in vain again.
type unsent struct {
	mu            sync.Mutex
	since         time.Time // when recent began
	recent, older time.Time // the oldest of unsentFor each, zero if there is none
}

func (u *unsent) failed(at time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.forget()
	if u.recent.IsZero() || at.Before(u.recent) {
		u.recent = at
	}
}

func (u *unsent) forget() {
	now := time.Now()
	for now.Sub(u.since) >= unsentFor {
		if u.older.IsZero() && u.recent.IsZero() {
			u.since = now
			return
		}
		u.since, u.recent, u.older = u.since.Add(unsentFor), time.Time{}, u.recent
	}
}

// age is in seconds.
func (u *unsent) age() float64 {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.forget()
	oldest := u.recent
	if oldest.IsZero() || !u.older.IsZero() && u.older.Before(oldest) {
		oldest = u.older
	}
	if oldest.IsZero() {
		return 0
	}
	return time.Since(oldest).Seconds()
}
