package inventory

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

const (
	dialTimeout = 2 * time.Second
	// ioTimeout outlasts the two seconds that Redis lets a slow fsync of its
	// append-only file hold up a reply. The lane's own deadline is shorter,
	// and ends a call earlier.
	ioTimeout = 3 * time.Second
	// topologyAge is how old the client's map of a cluster gets. A node that has
	// moved tells who serves instead of it, but one that died tells nobody.
	topologyAge = time.Second
)

// Open returns a client of the Redis, or the Redis Cluster, that url names:
// redis://, rediss:// or redis+cluster://, with go-redis' own query
// parameters. It does not connect. A call ends with its context's deadline.
//
// The client repeats a call by itself when a connection breaks, so anything
// sent through it must be safe to repeat: the first run may have taken effect.
//
// The error is one line that names REDIS_URL and never holds the password.
func Open(address string) (redis.UniversalClient, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, badURL("it does not parse") // the cause would quote the password
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return nil, badURL("port " + port + " is not 1 to 65535")
		}
	}
	switch u.Scheme {
	case "redis", "rediss":
		return openServer(u)
	case "redis+cluster", "rediss+cluster":
		return openCluster(u)
	case "":
		return nil, badURL("it has no scheme")
	default:
		return nil, badURL("its scheme is " + strconv.Quote(u.Scheme))
	}
}

func openServer(u *url.URL) (redis.UniversalClient, error) {
	o, err := redis.ParseURL(u.String())
	if err != nil {
		return nil, badURL(cause(err))
	}
	o.ContextTimeoutEnabled = true
	o.DialTimeout = orDefault(o.DialTimeout, dialTimeout)
	o.ReadTimeout = orDefault(o.ReadTimeout, ioTimeout)
	o.WriteTimeout = orDefault(o.WriteTimeout, ioTimeout)
	o.MaintNotificationsConfig = noMaintenance()
	o.TLSConfig = modern(o.TLSConfig)
	return redis.NewClient(o), nil
}

func openCluster(u *url.URL) (redis.UniversalClient, error) {
	if strings.Trim(u.Path, "/") != "" {
		return nil, badURL("a cluster has no database number")
	}
	plain := *u
	plain.Scheme = strings.TrimSuffix(u.Scheme, "+cluster")
	o, err := redis.ParseClusterURL(plain.String())
	if err != nil {
		return nil, badURL(cause(err))
	}
	o.ContextTimeoutEnabled = true
	o.ClusterStateReloadInterval = orDefault(o.ClusterStateReloadInterval, topologyAge)
	o.DialTimeout = orDefault(o.DialTimeout, dialTimeout)
	o.ReadTimeout = orDefault(o.ReadTimeout, ioTimeout)
	o.WriteTimeout = orDefault(o.WriteTimeout, ioTimeout)
	o.MaintNotificationsConfig = noMaintenance()
	o.TLSConfig = modern(o.TLSConfig)
	return redis.NewClusterClient(o), nil
}

// noMaintenance spares each connection a command that only Redis' own cloud
// knows.
func noMaintenance() *maintnotifications.Config {
	return &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
}

func modern(c *tls.Config) *tls.Config {
	if c != nil {
		c.MinVersion = tls.VersionTLS12
	}
	return c
}

func orDefault(set, otherwise time.Duration) time.Duration {
	if set == 0 {
		return otherwise
	}
	return set
}

func cause(err error) string {
	var parse *url.Error
	if errors.As(err, &parse) {
		return "it does not parse" // the cause would quote the password
	}
	return strings.TrimPrefix(err.Error(), "redis: ")
}

func badURL(why string) error {
	return fmt.Errorf("REDIS_URL: %s; it must be like redis://[user:password@]host:6379/0, rediss://… for TLS or redis+cluster://host:6379[?addr=host2:6379] for a cluster", why)
}
