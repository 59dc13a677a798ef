package servers

import (
	"context"
	"fmt"
	"io"
	"os/exec"
)

// temporalCLI holds the dev server.
var temporalCLI = goTool{
	name: "temporal", title: "the Temporal dev server", module: "temporal",
	program: "github.com/temporalio/cli/cmd/temporal", takes: "some 3 to 5 minutes on 2 cores",
}

// TemporalBinary is the Temporal CLI that holds the dev server: temporal from
// PATH, else one that is built once from the pinned tools/temporal/go.mod and
// kept in the user's cache folder, where every checkout finds it. While it
// builds, a line on out every few seconds says that it is alive. Out may be nil.
func TemporalBinary(ctx context.Context, out io.Writer) (string, error) {
	if path, err := exec.LookPath("temporal"); err == nil {
		return path, nil
	}
	path, err := temporalCLI.built(ctx, out)
	if err != nil {
		return "", fmt.Errorf("no temporal on PATH: install the Temporal CLI (https://docs.temporal.io/cli), or have it built: %w", err)
	}
	return path, nil
}
