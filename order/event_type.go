package order

// EventType is what happened, as events and timelines name it.
type EventType string

// What happened, in the order of a saga's life.
const (
	EventPlaced            EventType = "order.placed"
	EventCharged           EventType = "payment.charged"
	EventDeclined          EventType = "payment.declined"
	EventRefunded          EventType = "payment.refunded"
	EventReserved          EventType = "stock.reserved"
	EventStockRejected     EventType = "stock.rejected"
	EventReleased          EventType = "stock.released"
	EventShipmentScheduled EventType = "shipment.scheduled"
	EventShipmentRejected  EventType = "shipment.rejected"
	EventNeedsAttention    EventType = "order.needs_attention"
	EventSettled           EventType = "compensation.settled"
	EventCompleted         EventType = "order.completed"
	EventRejected          EventType = "order.rejected"
	EventCancelled         EventType = "order.cancelled"
)

// EventTypes lists every type that an order can announce.
var EventTypes = []EventType{
	EventPlaced, EventCharged, EventDeclined, EventRefunded,
	EventReserved, EventStockRejected, EventReleased,
	EventShipmentScheduled, EventShipmentRejected,
	EventNeedsAttention, EventSettled,
	EventCompleted, EventRejected, EventCancelled,
}
