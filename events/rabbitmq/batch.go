package rabbitmq

import amqp "github.com/rabbitmq/amqp091-go"

// window is how much may be unconfirmed: messages, where a large one counts as
// one for each share of its size. It bounds memory while the broker takes
// nothing (16 MB), and is more than a round trip needs at 10,000 a second.
const (
	window = 1024
	share  = 16 << 10 // bytes
)

// message is one publish.
type message struct {
	exchange, key string
	publishing    amqp.Publishing
}

type pending struct {
	batch   *batch
	id      string // the message's
	confirm *amqp.DeferredConfirmation
}

// batch is what one caller published and waits for.
type batch struct {
	weight      int64 // its part of the window
	unconfirmed int
	err         error // the first
	done        chan struct{}
}

func weigh(messages []message) int64 {
	weight := len(messages)
	for _, m := range messages {
		weight += len(m.publishing.Body) / share
	}
	return int64(min(weight, window))
}

func (b *batch) fail(err error) {
	if b.err == nil {
		b.err = err
	}
}
