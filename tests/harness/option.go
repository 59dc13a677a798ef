package harness

// Option makes one system differ from the others.
type Option func(*plan)

type plan struct {
	apart       bool
	ownRabbitMQ bool
	env         map[string]string
}

// Apart runs the api, worker and notifier roles as processes of their own;
// else one process serves all three.
func Apart() Option { return func(p *plan) { p.apart = true } }

// Setting sets one of makegood's settings, such as ADMISSION or STEP_DEADLINE.
func Setting(name, value string) Option { return func(p *plan) { p.env[name] = value } }

// OwnRabbitMQ gives the system a RabbitMQ that no other test uses, as
// System.RabbitMQ, to freeze and kill. It takes some 8 s to start.
func OwnRabbitMQ() Option { return func(p *plan) { p.ownRabbitMQ = true } }
