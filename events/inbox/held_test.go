package inbox

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A process that was frozen goes on before its timers have fired: here they
// never do.
func TestALeaseThatIsOverByTheClockIsOver(t *testing.T) {
	box := &Inbox{cfg: Config{Lease: time.Hour}}
	l := box.hold(t.Context(), "key", "token", time.Now())
	defer l.end(nil)
	defer l.first.Stop()
	require.NoError(t, l.handler.Err())

	frozen := time.Now().Add(-time.Hour)
	l.sent.Store(&frozen)
	require.ErrorIs(t, l.handler.Err(), context.Canceled)
	require.ErrorIs(t, context.Cause(l.handler), errLost)
	select {
	case <-l.handler.Done():
	default:
		t.Error("Err has told, and Done has not")
	}
}
