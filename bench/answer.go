package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"path"
)

// answer is one of the gateway's as it came.
type answer struct {
	status     int
	retryAfter string
	problem    string // its name; empty if it is none
}

// post places an order without waiting for its end.
func (s *shop) post(ctx context.Context, row string, n int64) (answer, error) {
	body, err := json.Marshal(s.request(n))
	if err != nil {
		return answer{}, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.base+"/v1/orders", bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Idempotency-Key", s.key(row, n))
	return s.send(request)
}

// get asks for an order.
func (s *shop) get(ctx context.Context, row string, n int64) (answer, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+"/v1/orders/"+string(s.id(row, n)), nil)
	if err != nil {
		return answer{}, err
	}
	return s.send(request)
}

func (s *shop) send(request *http.Request) (answer, error) {
	got, err := s.over.RoundTrip(request)
	if err != nil {
		return answer{}, err
	}
	text, err := io.ReadAll(got.Body) // to its end, so that the connection serves again
	if err = errors.Join(err, got.Body.Close()); err != nil {
		return answer{}, err
	}
	var problem struct{ Type string }
	if err := json.Unmarshal(text, &problem); err != nil {
		return answer{}, err
	}
	a := answer{status: got.StatusCode, retryAfter: got.Header.Get("Retry-After")}
	if problem.Type != "" {
		a.problem = path.Base(problem.Type)
	}
	return a, nil
}
