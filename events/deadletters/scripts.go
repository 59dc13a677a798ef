package deadletters

import (
	"embed"

	"github.com/redis/go-redis/v9"
)

//go:embed scripts/*.lua
var sources embed.FS

var (
	addScript      = script("add")
	markScript     = script("mark")
	claimScript    = script("claim")
	redrivenScript = script("redriven")
	discardScript  = script("discard")
	expireScript   = script("expire")
)

func script(name string) *redis.Script {
	source, err := sources.ReadFile("scripts/" + name + ".lua")
	if err != nil {
		panic(err) // embedded at build time
	}
	return redis.NewScript(string(source))
}
