package incidents_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/servers"
	"makegood/tests/harness"
	"makegood/tests/incidents/transcript"
)

const runbook = "../../docs/runbook"

// onCall is a newcomer with a shell and one page of the runbook.
type onCall struct {
	t        *testing.T
	page     transcript.Page
	names    transcript.Names
	dir      string
	env      []string
	followed map[string]bool
}

// newOnCall opens the page of an incident. The shell finds makegood, which may
// be a link to what is deployed at the time, and Temporal's own command line;
// it has the variables that the runbook asks for.
func newOnCall(t *testing.T, s *harness.System, page, makegood string) *onCall {
	t.Helper()
	o := &onCall{t: t, page: read(t, page), names: transcript.Names{}, dir: t.TempDir(), followed: map[string]bool{}}
	bin := filepath.Join(o.dir, "bin")
	require.NoError(t, os.Mkdir(bin, 0o700))
	temporal, err := servers.TemporalBinary(t.Context(), os.Stderr)
	require.NoError(t, err)
	require.NoError(t, os.Symlink(temporal, filepath.Join(bin, "temporal")))
	require.NoError(t, os.Symlink(makegood, filepath.Join(bin, "makegood")))
	o.env = []string{
		"PATH=" + bin, "HOME=" + o.dir,
		"API_URL=" + s.URL, "HTTP_ADDR=" + s.Worker.Address, "REDIS_URL=" + s.RedisURL(),
		"TEMPORAL_ADDRESS=" + s.ToTemporal.Address, "TEMPORAL_NAMESPACE=" + s.Namespace,
	}
	return o
}

func read(t *testing.T, page string) transcript.Page {
	t.Helper()
	read, err := transcript.Read(filepath.Join(runbook, page))
	require.NoError(t, err)
	return read
}

// sees follows sections that only look: each command is repeated until it shows
// what the page says, as a person repeats it.
func (o *onCall) sees(headings ...string) {
	o.t.Helper()
	o.follow(headings, func(e transcript.Exchange) error {
		for began := time.Now(); ; {
			err := o.run(e)
			if err == nil || time.Since(began) > patience {
				return err
			}
			select {
			case <-o.t.Context().Done():
				return err
			case <-time.After(again):
			}
		}
	})
}

// does follows sections that act: each command is run once.
func (o *onCall) does(headings ...string) {
	o.t.Helper()
	o.follow(headings, o.run)
}

func (o *onCall) follow(headings []string, run func(transcript.Exchange) error) {
	o.t.Helper()
	for _, heading := range headings {
		section, err := o.page.Section(heading)
		require.NoError(o.t, err)
		require.NotEmpty(o.t, section.Exchanges, "%s has no command under %q", o.page.Path, heading)
		o.followed[heading] = true
		for _, e := range section.Exchanges {
			if err := run(e); err != nil {
				o.t.Fatalf("%s:%d: %v", o.page.Path, e.Line, err)
			}
		}
	}
}

const (
	// patience exceeds the longest pause between two attempts to publish, 60 s.
	patience = 90 * time.Second
	// again is the pause before a command is repeated. A process costs more than
	// a request: the harness' pauses would leave the servers little of two cores.
	again = 500 * time.Millisecond
)

// run compares what the command prints with the page. A command that fails says
// so in a line of its own, which the page then shows.
func (o *onCall) run(e transcript.Exchange) error {
	command, err := o.names.Fill(e.Command)
	if err != nil {
		return err
	}
	ctx, stop := context.WithTimeout(o.t.Context(), 20*time.Second)
	defer stop()
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", command)
	cmd.Dir, cmd.Env = o.dir, o.env
	printed, err := cmd.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return fmt.Errorf("%s: %w", command, err)
	}
	if err == nil || fails(e) {
		err = o.names.Match(e.Shows, string(printed))
	}
	if err != nil {
		return fmt.Errorf("%w\n$ %s\n%s", err, command, printed)
	}
	o.t.Logf("$ %s\n%s", command, printed)
	return nil
}

// fails tells whether the page shows the line that a failed command ends with.
func fails(e transcript.Exchange) bool {
	return len(e.Shows) > 0 && strings.HasPrefix(e.Shows[len(e.Shows)-1], "makegood: ")
}

// ends demands that all of the page was followed, that the books are right, and
// that the first look of the runbook finds nothing any more.
func (o *onCall) ends(s *harness.System) {
	o.t.Helper()
	for _, section := range o.page.Sections {
		require.True(o.t, len(section.Exchanges) == 0 || o.followed[section.Heading], "nobody followed %q of %s", section.Heading, o.page.Path)
	}
	s.RequireSound(o.t)
	o.page = read(o.t, "README.md")
	o.sees(firstLook)
}

// firstLook is the heading under which the runbook has what to run first.
const firstLook = "The first five minutes"
