package main

import "time"

// everySecond calls show each second until stop, which is to be called once and
// returns when no call is under way any more.
func everySecond(show func()) (stop func()) {
	ended, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-ended:
				return
			case <-tick.C:
				show()
			}
		}
	}()
	return func() { close(ended); <-stopped }
}
