package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

type discardInput struct {
	ID   string `path:"id" maxLength:"200"` // huma can't fill an embedded LetterPath beside a body
	Body struct {
		By     string `json:"by" maxLength:"255" example:"ada" doc:"Who discards it"`
		Reason string `json:"reason" maxLength:"1000" example:"the address never existed; told the customer by phone" doc:"Why"`
	}
}

// Resolve refuses words that say nothing.
func (in *discardInput) Resolve(huma.Context) []error {
	var wrong []error
	for _, m := range []struct{ name, value string }{{"by", in.Body.By}, {"reason", in.Body.Reason}} {
		if strings.TrimSpace(m.value) == "" {
			wrong = append(wrong, &huma.ErrorDetail{Location: "body." + m.name, Message: "must not be blank"})
		}
	}
	return wrong
}

func (s *Server) registerDiscard(to huma.API) {
	huma.Register(to, huma.Operation{
		OperationID: "discard-dead-letter", Method: http.MethodPost, Path: "/v1/dead-letters/{id}/discard",
		Summary: "Take a dead letter off the list for good", Tags: []string{"dead letters"},
		MaxBodyBytes: bodyLimit + 1, BodyReadTimeout: bodyTimeout,
		Description: "Who discarded it and why is in the log, and for 30 days in GET /v1/dead-letters?state=discarded. " +
			"The same words again are taken again.",
		Errors: []int{http.StatusBadRequest, http.StatusNotFound, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusServiceUnavailable},
	}, func(ctx context.Context, in *discardInput) (*letterOutput, error) {
		l, err := s.letters.Discard(ctx, in.ID, in.Body.By, in.Body.Reason)
		if err != nil {
			return nil, fromLetters(err)
		}
		return &letterOutput{Body: l}, nil
	})
}
