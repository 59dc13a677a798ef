// Package servers starts the real servers that development, benchmarks and
// tests need, as private child processes: Temporal's dev server or Temporal on
// PostgreSQL, Redis, RabbitMQ and PostgreSQL. Each listens on loopback alone, on
// ports that were free, keeps its files in the run folder, and dies with this
// process, even if that is killed. Only cmd/makegood (dev, demo and bench) and
// tests use it; it knows nothing of orders.
package servers
