package inbox

import (
	_ "embed"

	"github.com/redis/go-redis/v9"
)

// What the claim script returns.
const (
	handled = 0
	leased  = -1
)

// The record of a handled event is "done", that of a leased one is
// "<end of the lease, unix ms> <token>".
var (
	//go:embed claim.lua
	claimText string
	claim     = redis.NewScript(claimText)

	//go:embed renew.lua
	renewText string
	renew     = redis.NewScript(renewText)

	//go:embed mark.lua
	markText string
	mark     = redis.NewScript(markText)

	//go:embed release.lua
	releaseText string
	release     = redis.NewScript(releaseText)
)
