package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"makegood/order"
)

// ledgers reads what the simulated outside world has written down.
type ledgers struct{ base string }

// payment is what we look at of one of Stripe's payment intents.
type payment struct {
	ID             string            `json:"id"`
	AmountReceived int64             `json:"amount_received"`
	Metadata       map[string]string `json:"metadata"`
}

// payments lists the order's payment intents, taken or not.
func (l ledgers) payments(ctx context.Context, id order.ID, since time.Time) ([]payment, error) {
	var found []payment
	// Stripe keeps whole seconds, and its clock may be a little behind.
	query := url.Values{"limit": {"100"}, "created[gte]": {strconv.FormatInt(since.Unix()-2, 10)}}
	for {
		var page struct {
			Data    []payment `json:"data"`
			HasMore bool      `json:"has_more"`
		}
		if err := l.get(ctx, "/stripe/v1/payment_intents", query, &page); err != nil {
			return nil, err
		}
		for _, p := range page.Data {
			if p.Metadata["order_id"] == string(id) {
				found = append(found, p)
			}
		}
		if !page.HasMore || len(page.Data) == 0 {
			return found, nil
		}
		query.Set("starting_after", page.Data[len(page.Data)-1].ID)
	}
}

// returned adds up what was refunded of a payment, in minor units.
func (l ledgers) returned(ctx context.Context, intent string) (sum int64, err error) {
	var page struct {
		Data []struct {
			Amount int64  `json:"amount"`
			Status string `json:"status"`
		} `json:"data"`
	}
	err = l.get(ctx, "/stripe/v1/refunds", url.Values{"limit": {"100"}, "payment_intent": {intent}}, &page)
	for _, refund := range page.Data {
		if refund.Status == "succeeded" {
			sum += refund.Amount
		}
	}
	return sum, err
}

// parcels counts the order's parcels with the carrier.
func (l ledgers) parcels(ctx context.Context, id order.ID) (int, error) {
	var page struct {
		Data []json.RawMessage `json:"data"`
	}
	err := l.get(ctx, "/carrier/shipments", url.Values{"reference": {string(id)}}, &page)
	return len(page.Data), err
}

// mails lists the Message-ID of every mail to the address, copies too.
func (l ledgers) mails(ctx context.Context, address string) ([]string, error) {
	var page struct {
		Data []struct {
			MessageID string `json:"message_id"`
		} `json:"data"`
	}
	err := l.get(ctx, "/mail/messages", url.Values{"to": {address}}, &page)
	ids := make([]string, len(page.Data))
	for i, m := range page.Data {
		ids[i] = m.MessageID
	}
	return ids, err
}

func (l ledgers) get(ctx context.Context, path string, query url.Values, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, l.base+path+"?"+query.Encode(), nil)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer sk_test_demo") // the simulator takes any key
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("read the ledger: %w", err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("read the ledger %s: HTTP %d", path, answer.StatusCode)
	}
	if err := json.NewDecoder(answer.Body).Decode(into); err != nil {
		return fmt.Errorf("read the ledger %s: %w", path, err)
	}
	return nil
}
