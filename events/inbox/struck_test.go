package inbox_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"makegood/events"
	"makegood/events/inbox"
	"makegood/servers"
)

const (
	struckVariable  = "STRUCK_REDIS"
	struckNamespace = "STRUCK_NAMESPACE"
)

// struck is a process that handles one event until its context ends, and says
// so. It ends with its standard input.
func struck(address string) {
	client := redis.NewClient(&redis.Options{Addr: address, ContextTimeoutEnabled: true})
	box := inbox.New(client, inbox.Config{Namespace: os.Getenv(struckNamespace), Lease: lease})
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	err := box.Once("email", func(ctx context.Context, _ events.Event) error {
		fmt.Println("begun")
		<-ctx.Done()
		fmt.Println("over")
		return ctx.Err()
	})(context.Background(), e1)
	fmt.Println(err)
	select {}
}

// victim is that process, once it has begun.
func victim(t *testing.T, namespace string) (*os.Process, *bufio.Scanner) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), struckVariable+"="+store.Address, struckNamespace+"="+namespace)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	_, err = cmd.StdinPipe() // closed when the test ends, however it does
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(out)
	require.True(t, lines.Scan())
	require.Equal(t, "begun", lines.Text())
	return cmd.Process, lines
}

func TestAKilledAttemptsEventIsHandledAfterItsLease(t *testing.T) {
	client := redis.NewClient(&redis.Options{Addr: store.Address, ContextTimeoutEnabled: true})
	defer func() { _ = client.Close() }()
	namespace := rand.Text()
	process, _ := victim(t, namespace)
	effects := 0
	other := attempts(client, namespace, func() { effects++ })
	for until := time.Now().Add(2 * lease); time.Now().Before(until); time.Sleep(lease / 50) {
		require.ErrorIs(t, other(t.Context(), e1), events.ErrBusy, "it lives, and renews its lease")
	}
	require.NoError(t, process.Kill())
	killed := time.Now()
	require.Eventually(t, func() bool { return other(t.Context(), e1) == nil }, patience, 5*time.Millisecond)
	require.Less(t, time.Since(killed), 2*lease)
	require.Equal(t, 1, effects)
}

func TestAFrozenAttemptThatThawsFindsItsContextOver(t *testing.T) {
	client := redis.NewClient(&redis.Options{Addr: store.Address, ContextTimeoutEnabled: true})
	defer func() { _ = client.Close() }()
	namespace := rand.Text()
	process, lines := victim(t, namespace)
	require.NoError(t, servers.Freeze(process))
	effects := 0
	other := attempts(client, namespace, func() { effects++ })
	require.Eventually(t, func() bool { return other(t.Context(), e1) == nil }, patience, 5*time.Millisecond)

	// It must know by itself: Redis would hold up the answer.
	require.NoError(t, store.Freeze())
	t.Cleanup(func() { _ = store.Thaw() })
	thawed := time.Now()
	require.NoError(t, process.Signal(syscall.SIGCONT))
	require.True(t, lines.Scan())
	require.Equal(t, "over", lines.Text())
	require.Less(t, time.Since(thawed), lease/2)
	require.NoError(t, store.Thaw())
	require.True(t, lines.Scan())
	require.Contains(t, lines.Text(), events.ErrBusy.Error())

	require.NoError(t, other(t.Context(), e1))
	require.Equal(t, 1, effects, "its late release has forgotten nothing")
}
