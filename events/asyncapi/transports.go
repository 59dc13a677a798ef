package asyncapi

// How events stand on Redis, as redisstream writes them; a test publishes one
// and looks.
const (
	streamKey  = "{events:default}" // of the namespace default
	typeField  = "type"
	eventField = "event"
)

var info = object{
	"title": "makegood", "version": "1",
	"description": "What makegood publishes: every change of an order's state, as a CloudEvent 1.0 in structured JSON. " +
		"Events are delivered at least once, those of one order in the order of their sequence: tell repeats by id. " +
		"Within a version of a contract members may be added. docs/consumers.md tells how to write a consumer.",
	"license": object{"name": "MIT"},
}

var servers = object{
	"rabbitmq": object{
		"host": "{host}:5672", "pathname": "/{vhost}", "protocol": "amqp", "protocolVersion": "0.9.1",
		"description": "RabbitMQ 3.10 to 4.x, where EVENT_TRANSPORT is rabbitmq: AMQP_URL.",
		"variables":   object{"host": object{"default": "127.0.0.1"}, "vhost": object{"default": "", "description": "The virtual host, percent-encoded; / itself is left out."}},
		"bindings":    object{"amqp": object{}},
	},
	"redis": object{
		"host": "{host}:6379", "protocol": "redis",
		"description": "Redis, where EVENT_TRANSPORT is redis: REDIS_URL.",
		"variables":   object{"host": object{"default": "127.0.0.1"}},
		"bindings":    object{"redis": object{}},
	},
}

// streamChannel is the one stream on Redis. Its key has braces of its own, so
// the address is a parameter as a whole.
func streamChannel(messages object) object {
	return object{
		"address": "{key}", "title": "all events on Redis Streams",
		"description": "One stream for all types; read it with a consumer group of your own. An entry has the fields `" +
			typeField + "`, the event's type, and `" + eventField + "`, the payload below.",
		"parameters": object{"key": object{
			"description": "{events:NAMESPACE}, braces and all, where NAMESPACE is that of Temporal.",
			"default":     streamKey,
		}},
		"servers":  []any{ref("servers", "redis")},
		"messages": messages,
		"bindings": object{"redis": object{}},
	}
}
