package api

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"go.temporal.io/sdk/converter"

	"makegood/eager"
	"makegood/history"
	"makegood/order"
	"makegood/telemetry"
	"makegood/workflows"
)

type placeInput struct {
	Key         string        `header:"Idempotency-Key" minLength:"1" maxLength:"255" pattern:"^[ -~]+$" patternDescription:"printable ASCII" example:"cart-7f3a" doc:"The same key and body are the same order, also after it was placed, for as long as makegood keeps it. Without one, each POST is a new order."`
	Prefer      string        `header:"Prefer" example:"wait=10" doc:"wait=N (RFC 7240) answers once the status is final, or after N seconds, at most 60. What is not understood is ignored."`
	Traceparent string        `header:"traceparent" doc:"W3C trace context; the order's events carry it"`
	Body        order.Request `doc:"At most 1 MiB"`
}

// Resolve sees what huma doesn't: a header that is empty, or there twice.
func (in *placeInput) Resolve(ctx huma.Context) []error {
	in.Prefer = strings.Join(headerValues(ctx, "Prefer"), ",")
	return checkKey(ctx)
}

type placeOutput struct {
	Status            int
	Location          string `header:"Location"`
	PreferenceApplied string `header:"Preference-Applied"`
	Body              Placed
}

// Placed is how an order stands once it was taken.
type Placed struct {
	ID     order.ID     `json:"id" example:"ord_ifaq4ymuaebagbafaydqqcikbm"`
	Status order.Status `json:"status" example:"placed"`
}

func (s *Server) registerPlace(to huma.API) {
	huma.Register(to, huma.Operation{
		OperationID: "place-order", Method: http.MethodPost, Path: "/v1/orders",
		Summary: "Place an order", Tags: []string{"orders"},
		DefaultStatus: http.StatusAccepted, MaxBodyBytes: bodyLimit + 1, BodyReadTimeout: bodyTimeout,
		Responses: map[string]*huma.Response{"200": {Description: "The order's status is final"}},
		Errors:    []int{http.StatusBadRequest, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusServiceUnavailable},
	}, s.place)
}

// place starts the order's saga, once for each idempotency key. It is safe to
// retry with a key: what was started is found again and answered with.
func (s *Server) place(ctx context.Context, in *placeInput) (*placeOutput, error) {
	if wrong := in.Body.Check(); len(wrong) > 0 {
		fields := make([]FieldProblem, len(wrong))
		for i, e := range wrong {
			fields[i] = FieldProblem{Field: e.Field, Message: e.Message}
		}
		return nil, invalidFields(fields...)
	}
	within := wait(in.Prefer)
	key := in.Key
	if key == "" {
		key = rand.Text()
	}
	o := order.Order{
		ID:          order.IDFromKey(key),
		PlacedAt:    time.Now().UTC().Truncate(time.Millisecond),
		Traceparent: cmp.Or(telemetry.Traceparent(ctx), traceparent(in.Traceparent)),
		Request:     in.Body,
	}
	if s.admission != nil {
		if short := s.admission.shortages(ctx, o); len(short) > 0 {
			return s.soldOut(ctx, o, in.Key != "", within, short)
		}
	}
	if out, err := s.repeat(ctx, o, within); out != nil || err != nil {
		return out, err
	}
	task, err := s.start(ctx, o)
	if in.Key != "" && (err == nil || errors.Is(err, errStartedBefore)) {
		s.taken.add(o.ID)
	}
	if errors.Is(err, errStartedBefore) {
		return s.placedBefore(ctx, o, within)
	}
	if err != nil {
		return nil, err
	}
	return s.placed(ctx, o.ID, order.Placed, task, within), nil
}

// placedBefore answers with the order that the key made, or refuses if it was
// made of another body.
func (s *Server) placedBefore(ctx context.Context, o order.Order, within time.Duration) (*placeOutput, error) {
	described, err := s.temporal.DescribeWorkflowExecution(ctx, string(o.ID), "")
	if err != nil {
		return nil, fromTemporal(err)
	}
	var fingerprint string
	memo := described.GetWorkflowExecutionInfo().GetMemo().GetFields()[workflows.FingerprintMemo]
	if err := converter.GetDefaultDataConverter().FromPayload(memo, &fingerprint); err != nil {
		return nil, problem(internal, "").because(err)
	}
	if fingerprint != o.Fingerprint() {
		p := problem(keyReused, "the Idempotency-Key was used for an order with another body")
		p.Errors = []FieldProblem{{Field: "Idempotency-Key", Message: "was used for an order with another body"}}
		return nil, p
	}
	recorded, err := history.Read(ctx, s.temporal, o.ID)
	if err != nil {
		return nil, fromTemporal(err)
	}
	return s.placed(ctx, o.ID, recorded.Story().Status, nil, within), nil
}

// placed answers with the order. Its first task may be nil.
func (s *Server) placed(ctx context.Context, id order.ID, status order.Status, first *eager.Task, within time.Duration) *placeOutput {
	out := &placeOutput{Status: http.StatusAccepted, Location: "/v1/orders/" + string(id), PreferenceApplied: preferenceApplied(within)}
	if !status.Final() && within > 0 {
		status = s.await(ctx, id, status, first, within)
	}
	if status.Final() {
		out.Status = http.StatusOK
	}
	out.Body = Placed{ID: id, Status: status}
	return out
}

// await returns the order's status once it is final, or as it is when the time
// is over. An order that its first task has ended is not asked for. Of any
// other it follows the history, where an outcome stands before any event of it
// is published: it never waits for the broker, beyond the lane's own publish.
func (s *Server) await(ctx context.Context, id order.ID, status order.Status, first *eager.Task, within time.Duration) order.Status {
	ctx, stop := s.until(ctx)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	if first != nil {
		select {
		case <-first.Over:
		case <-ctx.Done():
			return status
		}
		var ended workflows.Result
		if converter.GetDefaultDataConverter().FromPayloads(first.Result, &ended) == nil && ended.Status.Final() {
			return ended.Status
		}
	}
	_, err := history.Follow(ctx, s.temporal, id, func(r history.Recorded) bool {
		status = r.Story().Status
		return status.Final()
	})
	// The server, or gRPC, may see that the time is over before the context does.
	if end, _ := ctx.Deadline(); err != nil && ctx.Err() == nil && time.Until(end) > time.Second {
		s.log.WarnContext(ctx, "wait for an order ended early", "order_id", id, "error", err)
	}
	return status
}
