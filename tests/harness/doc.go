// Package harness runs whole makegoods for tests: the real servers, started
// once for a test package, and for each test its own roles, as processes that
// it can kill, freeze, stop and restart. A test's system has a Temporal
// namespace, a RabbitMQ virtual host, a prefix in Redis and simulators to
// itself, so that tests run in parallel.
//
// A test makes something fail by its links, which are cut, stalled, slow or
// lose replies, by its roles, or by servers of its own that it kills. It ends
// with RequireSound: whatever failed, the books are right.
//
// Nothing in it sleeps: whatever takes time is awaited on a condition. What a
// test asserts is read where a user or an operator would see it, over HTTP,
// AMQP and Temporal's API.
package harness
