package faults_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"makegood/events"
	"makegood/events/rabbitmq"
	"makegood/invariants"
	"makegood/inventory"
	"makegood/order"
	"makegood/tests/harness"
)

// What somebody does to the servers behind makegood's back is seen: a checker
// that reads the wrong books would find nothing wrong with them.
func TestBooksThatSomebodyBreaksAreSeen(t *testing.T) {
	t.Parallel()
	s := harness.New(t)
	request := harness.Sample()
	_, err := s.API.SetStock(t.Context(), request.Lines[0].SKU, 10, "", "")
	require.NoError(t, err)
	shipped, err := s.API.Place(t.Context(), request, "shipped", 10*time.Second)
	require.NoError(t, err)
	request.ShippingAddress.PostalCode = "00000"
	rejected, err := s.API.Place(t.Context(), request, "rejected", 10*time.Second)
	require.NoError(t, err)
	s.RequireSound(t)

	books, err := s.Books(t.Context())
	require.NoError(t, err)
	b := breaker{System: s, heard: s.Heard.Of(shipped.ID)}
	for _, row := range []struct {
		name string
		does func() error
		sees string
	}{
		{"money went back for what was shipped", func() error {
			return b.stripe("/v1/refunds", url.Values{"payment_intent": {books.Of(shipped.ID).Intents[0].ID}})
		}, "net-money: order " + string(shipped.ID)},
		{"a card was charged again", func() error { return b.charge(rejected.ID, true) }, "one-capture: order " + string(rejected.ID)},
		{"an intent was left open", func() error { return b.charge(rejected.ID, false) }, "no-open-intent: order " + string(rejected.ID)},
		{"money was taken for nobody", func() error { return b.charge("ord_stray", true) }, "known-order: order ord_stray: intent"},
		{"another shipper sent a parcel", func() error { return b.ship(rejected.ID) }, "one-parcel: order " + string(rejected.ID)},
		{"units were taken from the shelf", func() error { return b.stock(-1, -1) }, "stock-conserved: SKU MUG-BLUE"},
		{"units were put aside", func() error { return b.stock(0, -1) }, "nothing-held: SKU MUG-BLUE"},
		{"an event was published with another body", func() error {
			return b.publish(b.heard[1].ID, b.heard[1].Type, shipped.ID, 2)
		}, "one-body-per-event: order " + string(shipped.ID)},
		{"a second end was announced", func() error {
			return b.publish("evt_end", order.EventCancelled, shipped.ID, 6)
		}, "one-terminal-event: order " + string(shipped.ID)},
		{"an event's number was skipped", func() error {
			return b.publish("evt_gap", order.EventReleased, rejected.ID, 99)
		}, "gapless-sequence: order " + string(rejected.ID)},
	} {
		sees := func(ctx context.Context) error {
			seen, err := s.Violations(ctx)
			if err != nil {
				return err
			}
			if !slices.ContainsFunc(seen, func(v invariants.Violation) bool { return strings.HasPrefix(v.String(), row.sees) }) {
				return fmt.Errorf("%s is not among %v", row.sees, seen)
			}
			return nil
		}
		require.ErrorContains(t, sees(t.Context()), "is not among", row.name)
		require.NoError(t, row.does(), row.name)
		harness.Eventually(t, sees) // events come a moment later
	}
}

// breaker does what no part of makegood would.
type breaker struct {
	*harness.System
	heard []harness.Delivery
}

func (b breaker) stripe(path string, form url.Values) error {
	request, err := http.NewRequest(http.MethodPost, "http://"+b.Simulators.Address+"/stripe"+path, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Authorization", "Bearer sk_test_harness")
	return send(request)
}

func (b breaker) charge(id order.ID, confirm bool) error {
	return b.stripe("/v1/payment_intents", url.Values{
		"amount": {"2500"}, "currency": {"eur"}, "payment_method": {"pm_card_visa"},
		"metadata[order_id]": {string(id)}, "confirm": {fmt.Sprint(confirm)},
	})
}

func (b breaker) ship(id order.ID) error {
	body := `{"fingerprint":"f","recipient":{"name":"Ada","line1":"1 Main St","city":"Berlin","postal_code":"10115","country":"DE"},"items":[]}`
	request, err := http.NewRequest(http.MethodPut, "http://"+b.Simulators.Address+"/carrier/shipments/"+string(id)+"?shipper=another", strings.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer sk_test_harness")
	return send(request)
}

func send(request *http.Request) error {
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(answer.Body)
		return errors.New(answer.Status + ": " + string(text))
	}
	return nil
}

// stock changes the numbers of the sample's SKU where they are kept.
func (b breaker) stock(onHand, available int64) error {
	options, err := redis.ParseURL(b.RedisURL())
	if err != nil {
		return err
	}
	client := redis.NewClient(options)
	defer func() { _ = client.Close() }()
	pool := inventory.KeyPrefix(b.Namespace)
	return errors.Join(
		client.IncrBy(context.Background(), pool+"on_hand:MUG-BLUE", onHand).Err(),
		client.IncrBy(context.Background(), pool+"available:MUG-BLUE", available).Err())
}

// publish publishes an event that no saga told.
func (b breaker) publish(id string, kind order.EventType, subject order.ID, sequence int) error {
	body, err := json.Marshal(map[string]any{
		"specversion": "1.0", "id": id, "source": events.Source, "type": kind, "subject": subject,
		"sequence": fmt.Sprint(sequence), "datacontenttype": "application/json", "data": map[string]any{"order_id": subject},
	})
	if err != nil {
		return err
	}
	conn, err := amqp.Dial(b.AMQPURL())
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	ch, err := conn.Channel()
	if err != nil {
		return err
	}
	return ch.Publish(rabbitmq.Exchange, string(kind), false, false, amqp.Publishing{AppId: "somebody", Body: body})
}
