// Package events owns the envelope in which an order's story goes out, and
// what every transport promises: the publisher that confirms, the consumer
// that retries, buries and never handles an event twice. It never decides
// what happened; order.Tell does.
package events
