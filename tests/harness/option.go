package harness

// Option makes one system differ from the others.
type Option func(*plan)

type plan struct {
	apart       bool
	ownTemporal bool
	webUI       bool
	ownRedis    bool
	ownCluster  bool
	ownRabbitMQ bool
	observed    bool
	ownBrokers  bool
	worker      string
	env         map[string]string
}

// Apart runs the api, worker and notifier roles as processes of their own;
// else one process serves all three.
func Apart() Option { return func(p *plan) { p.apart = true } }

// WorkerOf has another executable run as the worker, with the same argument
// and environment. It serves readiness on HTTP_ADDR as makegood does.
func WorkerOf(path string) Option { return func(p *plan) { p.apart, p.worker = true, path } }

// Setting sets one of makegood's settings, such as ADMISSION or STEP_DEADLINE.
func Setting(name, value string) Option { return func(p *plan) { p.env[name] = value } }

// OwnTemporal gives the system a Temporal that no other test uses, as
// System.TemporalServer, to freeze, kill and restart. Its histories are in a
// file: what it has answered outlives its death.
func OwnTemporal() Option { return func(p *plan) { p.ownTemporal = true } }

// WebUI gives the system a Temporal of its own with its Web UI, at
// System.TemporalServer.UIURL.
func WebUI() Option { return func(p *plan) { p.ownTemporal, p.webUI = true, true } }

// OwnRedis gives the system a Redis that no other test uses, as System.Redis,
// to freeze, kill and restart. It writes each change to its append-only file
// before it answers, as a ledger must to be killed without a loss.
func OwnRedis() Option { return func(p *plan) { p.ownRedis = true } }

// OwnRedisCluster gives the system a Redis Cluster of three masters and their
// replicas, as System.RedisCluster. Its roles reach it past ToRedis.
func OwnRedisCluster() Option { return func(p *plan) { p.ownCluster = true } }

// OwnRabbitMQ gives the system a RabbitMQ that no other test uses, as
// System.RabbitMQ, to freeze and kill. It takes some 8 s to start.
func OwnRabbitMQ() Option { return func(p *plan) { p.ownRabbitMQ = true } }

// Observed gives the system a RabbitMQ of its own that serves its metrics to
// Prometheus, as System.RabbitMQ.
func Observed() Option { return func(p *plan) { p.ownRabbitMQ, p.observed = true, true } }

// OwnRabbitMQCluster gives the system a RabbitMQ cluster of three nodes, as
// System.RabbitMQCluster, to kill one at a time. Its roles reach it past
// ToRabbitMQ. It takes some 20 to 25 s to start.
func OwnRabbitMQCluster() Option { return func(p *plan) { p.ownBrokers = true } }
