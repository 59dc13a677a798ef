package bench

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"makegood/api/client"
	"makegood/order"
)

// shop places orders over the gateway's public API, as a shop does.
type shop struct {
	api  *client.Client
	base string
	over *http.Transport
	run  string // in every key: no run repeats another's orders
	skus []string
	// refusals is how often the gateway asked for another try.
	refusals atomic.Int64
}

const (
	// shelves is how many SKUs the orders are spread over.
	shelves = 100
	// patience is how long an order may take, before the run is given up.
	patience = time.Minute
)

// openShop stocks up, so that no order of the run is sold out.
func openShop(ctx context.Context, url string, connections int) (*shop, error) {
	over := &http.Transport{MaxIdleConnsPerHost: connections}
	s := &shop{api: client.New(url, &http.Client{Transport: over}), base: url, over: over, run: rand.Text()}
	for i := range shelves {
		sku := fmt.Sprintf("BENCH-%02d", i)
		if _, err := s.api.SetStock(ctx, sku, plenty, "benchmark", ""); err != nil {
			s.close()
			return nil, fmt.Errorf("stock up: %w", err)
		}
		s.skus = append(s.skus, sku)
	}
	return s, nil
}

func (s *shop) close() { s.over.CloseIdleConnections() }

// request is the body of the n-th order: two lines, as many have.
func (s *shop) request(n int64) order.Request {
	return order.Request{
		CustomerID: fmt.Sprintf("cus_%d", n%1000), Email: "ada@example.com", Currency: "EUR", PaymentMethod: "pm_card_visa",
		Lines: []order.Line{
			{SKU: s.skus[n%shelves], Quantity: 2, UnitPrice: 1250},
			{SKU: s.skus[(n+shelves/2)%shelves], Quantity: 1, UnitPrice: 300},
		},
		ShippingAddress: order.Address{Name: "Ada", Line1: "1 Main St", City: "Berlin", PostalCode: "10115", Country: "DE"},
	}
}

func (s *shop) key(row string, n int64) string { return fmt.Sprintf("%s-%s-%d", s.run, row, n) }

// place returns once the order is completed. A gateway that asks for another
// try gets it.
func (s *shop) place(ctx context.Context, row string, n int64) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		placed, err := s.api.Place(ctx, s.request(n), s.key(row, n), patience)
		var refused *client.Problem
		switch {
		case errors.As(err, &refused) && refused.Status == http.StatusServiceUnavailable:
			s.refusals.Add(1)
			select {
			case <-ctx.Done():
				return err
			case <-time.After(100 * time.Millisecond):
			}
		case err != nil:
			return err
		case placed.Status != order.Completed:
			return fmt.Errorf("order %s is %s, not completed", placed.ID, placed.Status)
		default:
			return nil
		}
	}
}

// id is that of the n-th order of a row.
func (s *shop) id(row string, n int64) order.ID { return order.IDFromKey(s.key(row, n)) }
