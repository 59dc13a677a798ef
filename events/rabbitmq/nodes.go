package rabbitmq

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"strings"

	amqp "github.com/rabbitmq/amqp091-go"
)

// nodes are the URLs that the setting lists. A comma that belongs to a
// password is written %2C.
func nodes(list string) []string {
	urls := strings.Split(list, ",")
	for i, text := range urls {
		urls[i] = strings.TrimSpace(text)
	}
	return urls
}

// dial connects to whichever node answers first of all, asked one after
// another in random order: the connections of a fleet spread over the cluster,
// and those of a node that died over the rest. It takes dialTimeout a node at
// most.
func dial(ctx context.Context, list, name string) (*amqp.Connection, *socket, error) {
	urls := nodes(list)
	rand.Shuffle(len(urls), func(i, j int) { urls[i], urls[j] = urls[j], urls[i] })
	var failed error
	for _, url := range urls {
		conn, sock, err := dialNode(ctx, url, name)
		if err == nil {
			return conn, sock, nil
		}
		failed = both(failed, err)
	}
	return nil, nil, failed
}

// both are two errors in one line, as all that is logged. Either may be nil.
func both(first, second error) error {
	switch {
	case first == nil:
		return second
	case second == nil:
		return first
	default:
		return fmt.Errorf("%w; %w", first, second)
	}
}

// CheckURL tells what is wrong with the setting AMQP_URL, without its name: one
// URL or, of a cluster, several. Its error repeats no part of the setting, which
// holds a password.
func CheckURL(list string) error {
	for _, text := range nodes(list) {
		if wrong := wrongWith(text); wrong != "" {
			return errors.New("must look like amqp://user:password@host:5672/, or several separated by commas: " + wrong)
		}
	}
	return nil
}

func wrongWith(text string) string {
	if !strings.HasPrefix(text, "amqp://") && !strings.HasPrefix(text, "amqps://") {
		return "it must start with amqp:// or amqps://"
	}
	u, err := url.Parse(text)
	if err == nil {
		_, err = amqp.ParseURI(text)
	}
	if err == nil && u.Port() != "" {
		_, err = net.LookupPort("tcp", u.Port())
	}
	switch {
	case err != nil:
		return "a part can't be read; in a password write @ : / ? # % and , as %40 %3A %2F %3F %23 %25 %2C"
	case u.Hostname() == "":
		return "it has no host"
	}
	return ""
}
