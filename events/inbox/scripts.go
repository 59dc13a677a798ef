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

// markText is the record of a handled event; a leased one's is
// "<end of the lease, unix ms> <token>".
const markText = "done"

var (
	//go:embed claim.lua
	claimText string
	claim     = redis.NewScript(claimText)

	//go:embed renew.lua
	renewText string
	renew     = redis.NewScript(renewText)

	//go:embed release.lua
	releaseText string
	release     = redis.NewScript(releaseText)
)
