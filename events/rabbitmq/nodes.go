package rabbitmq

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
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

// CheckURL tells what is wrong with the setting AMQP_URL: one URL or, of a
// cluster, several.
func CheckURL(list string) error {
	for _, text := range nodes(list) {
		if err := checkNode(text); err != nil {
			return err
		}
	}
	return nil
}

func checkNode(text string) error {
	if !strings.HasPrefix(text, "amqp://") && !strings.HasPrefix(text, "amqps://") {
		return badURL("it must start with amqp:// or amqps://")
	}
	_, err := amqp.ParseURI(text)
	var unparsed *url.Error // it repeats the URL
	switch {
	case errors.As(err, &unparsed):
		return badURL(unparsed.Err.Error())
	case err != nil:
		return badURL(err.Error())
	}
	return nil
}

type badURL string

// Error does not repeat the URL: it holds a password.
func (b badURL) Error() string {
	return "AMQP_URL must look like amqp://user:password@host:5672/vhost, and so each of several: " + string(b)
}
