package redisstream

// All keys share a slot, so that moving an event between them is one script,
// on a Redis Cluster too.

func (c Config) stream() string { return "{events:" + c.Namespace + "}" }

// retries is a sorted set of events by when they are due, in ms.
func (c Config) retries(consumer string) string { return c.stream() + ":retries:" + consumer }

// again is a stream of the events that were due.
func (c Config) again(consumer string) string { return c.stream() + ":again:" + consumer }

func (c Config) dead(consumer string) string { return c.stream() + ":dead:" + consumer }

// lease says which process of an ordered consumer is active.
func (c Config) lease(consumer string) string { return c.stream() + ":lease:" + consumer }

// head is the event that an ordered consumer tries again.
func (c Config) head(consumer string) string { return c.stream() + ":head:" + consumer }

// Fields of the streams' entries.
const (
	typeField  = "type"
	eventField = "event" // the body
	retryField = "retry" // of the stream of events that were due
)

// returned is who has, in a group, what a process that ended had read and not
// begun: whoever comes next takes it at once.
const returned = "returned"
