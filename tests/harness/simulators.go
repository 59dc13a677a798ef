package harness

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"makegood/order"
)

// pages reads a list to its end.
func pages[T any](ctx context.Context, s *System, path string) ([]T, error) {
	var all []T
	after := url.Values{"limit": {"100"}}
	for {
		var page struct {
			Data    []json.RawMessage `json:"data"`
			HasMore bool              `json:"has_more"`
		}
		if err := s.simulated(ctx, path+"?"+after.Encode(), &page); err != nil {
			return nil, fmt.Errorf("read %s: %w", path, err)
		}
		for _, text := range page.Data {
			var one T
			var id struct{ ID string }
			if err := json.Unmarshal(text, &one); err != nil {
				return nil, fmt.Errorf("read %s: %w", path, err)
			}
			if err := json.Unmarshal(text, &id); err != nil {
				return nil, fmt.Errorf("read %s: %w", path, err)
			}
			after.Set("starting_after", id.ID)
			all = append(all, one)
		}
		if !page.HasMore {
			return all, nil
		}
	}
}

// Simulated is how many requests a simulator (stripe, carrier, mail) has
// answered with the HTTP status; those that a fault cut off are not among them.
func (s *System) Simulated(ctx context.Context, simulator string, status int) (int, error) {
	body, err := s.ask(ctx, "/metrics")
	if err != nil {
		return 0, err
	}
	defer func() { _ = body.Close() }()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(body)
	if err != nil {
		return 0, fmt.Errorf("read metrics: %w", err)
	}
	sum := 0.0
	for _, metric := range families["makegood_simulator_requests_total"].GetMetric() {
		labels := map[string]string{}
		for _, label := range metric.GetLabel() {
			labels[label.GetName()] = label.GetValue()
		}
		if labels["simulator"] == simulator && labels["code"] == strconv.Itoa(status) {
			sum += metric.GetCounter().GetValue()
		}
	}
	return int(sum), nil
}

func (s *System) simulated(ctx context.Context, path string, into any) error {
	body, err := s.ask(ctx, path)
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }()
	return json.NewDecoder(body).Decode(into)
}

// ask returns the body of an answer of the simulators; the caller closes it.
func (s *System) ask(ctx context.Context, path string) (io.ReadCloser, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.Simulators.Address+path, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer sk_test_harness")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		_ = answer.Body.Close()
		return nil, errors.New(answer.Status)
	}
	return answer.Body, nil
}

// EndRefusal lets the mailbox take mail to a recipient that it refused.
func (s *System) EndRefusal(ctx context.Context, recipient string) error {
	return s.mend(ctx, "/mail/refusals/"+url.PathEscape(recipient))
}

// EndFault ends the fault that the order asked a simulator for, as somebody
// does who has mended what was wrong.
func (s *System) EndFault(ctx context.Context, id order.ID) error {
	return s.mend(ctx, "/faults/"+string(id))
}

func (s *System) mend(ctx context.Context, path string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodDelete, "http://"+s.Simulators.Address+path, nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("mend %s: %s", path, answer.Status)
	}
	return nil
}
