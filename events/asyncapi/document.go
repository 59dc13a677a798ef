// Package asyncapi makes the AsyncAPI 3.0 document of what makegood publishes
// out of the contracts and the transports. It owns no fact of its own: what a
// transport declares and what a contract says is asked of them.
package asyncapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"makegood/events"
	"makegood/events/contracts"
	"makegood/events/rabbitmq"
)

// contentType is how an event stands in a message of either transport.
const contentType = "application/cloudevents+json"

type object = map[string]any

// Document writes the document. examples are events, as published, that show
// each type at least once; the first of a type is taken.
func Document(examples []events.Event) ([]byte, error) {
	channels, operations, messages, schemas := object{}, object{}, object{}, object{}
	all := object{}
	for _, c := range contracts.All() {
		schema, err := embedded(c)
		if err != nil {
			return nil, err
		}
		schemas[keyOf(c)] = schema
	}
	for _, eventType := range contracts.Types() {
		contract, err := contracts.Published(eventType)
		if err != nil {
			return nil, err
		}
		envelope, err := contracts.Published(contracts.Envelope)
		if err != nil {
			return nil, err
		}
		message, err := messageOf(contract, envelope, examples)
		if err != nil {
			return nil, err
		}
		messages[eventType] = message
		channels[eventType] = exchangeChannel(eventType)
		all[eventType] = ref("components", "messages", eventType)
		operations["publish."+eventType] = object{
			"action": "send", "channel": ref("channels", eventType),
			"messages": []any{ref("channels", eventType, "messages", eventType)},
			"bindings": object{"amqp": object{"deliveryMode": 2, "mandatory": true, "timestamp": true, "bindingVersion": "0.3.0"}},
		}
	}
	channels["stream"] = streamChannel(all)
	operations["add"] = object{"action": "send", "channel": ref("channels", "stream")}
	return write(object{
		"asyncapi": "3.0.0", "info": info, "defaultContentType": contentType,
		"servers": servers, "channels": channels, "operations": operations,
		"components": object{"messages": messages, "schemas": schemas},
	})
}

// exchangeChannel is a routing key of the exchange. Who consumes binds a queue
// of his own to it.
func exchangeChannel(eventType string) object {
	return object{
		"address": eventType, "title": eventType + " on RabbitMQ",
		"description": "Bind a queue of your own to the exchange under this routing key. docs/consumers.md says with which arguments it harms nobody.",
		"servers":     []any{ref("servers", "rabbitmq")},
		"messages":    object{eventType: ref("components", "messages", eventType)},
		"bindings": object{"amqp": object{
			"is": "routingKey", "bindingVersion": "0.3.0",
			"exchange": object{"name": rabbitmq.Exchange, "type": "topic", "durable": true, "autoDelete": false, "vhost": "/"},
		}},
	}
}

func messageOf(c, envelope contracts.Contract, examples []events.Event) (object, error) {
	message := object{
		"name": c.Type, "title": c.Type, "contentType": contentType,
		"correlationId": object{"location": "$message.payload#/correlationid", "description": "The order's id."},
		"bindings":      object{"amqp": object{"messageType": c.Type, "bindingVersion": "0.3.0"}},
		"payload": object{"allOf": []any{
			ref("components", "schemas", keyOf(envelope)),
			object{"properties": object{
				"type":       object{"const": c.Type},
				"dataschema": object{"const": c.URI()},
				"data":       ref("components", "schemas", keyOf(c)),
			}},
		}},
	}
	summary, err := summaryOf(c)
	if err != nil {
		return nil, err
	}
	message["summary"] = summary
	for _, e := range examples {
		if string(e.Type) == c.Type {
			message["examples"] = []any{object{"name": c.Type, "payload": json.RawMessage(e.Body)}}
			return message, nil
		}
	}
	return nil, fmt.Errorf("no example of %s", c.Type)
}

// summaryOf is the first sentence of the contract's description.
func summaryOf(c contracts.Contract) (string, error) {
	var schema struct{ Description string }
	if err := json.Unmarshal(c.Schema, &schema); err != nil {
		return "", fmt.Errorf("contract %s: %w", c.Name(), err)
	}
	first, _, _ := strings.Cut(schema.Description, ". ")
	return first + ".", nil
}

// embedded is a contract as a Schema Object. AsyncAPI's dialect knows every
// keyword that ours use, and is not told apart by $schema.
func embedded(c contracts.Contract) (object, error) {
	var schema object
	if err := json.Unmarshal(c.Schema, &schema); err != nil {
		return nil, fmt.Errorf("contract %s: %w", c.Name(), err)
	}
	delete(schema, "$schema")
	return schema, nil
}

// keyOf names a contract among the components, which take no slash.
func keyOf(c contracts.Contract) string { return strings.ReplaceAll(c.Name(), "/", ".") }

func ref(path ...string) object { return object{"$ref": "#/" + strings.Join(path, "/")} }

func write(document object) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(document)
	return text.Bytes(), err
}
