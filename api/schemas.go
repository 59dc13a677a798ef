package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"makegood/events/contracts"
)

// schemaCache lets a cache answer for an hour without asking, and then ask with
// the ETag. Longer would be wrong: a later release of makegood may add members
// to a version of a contract, so its bytes are not immutable.
const schemaCache = "public, max-age=3600"

type listSchemasOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Items []SchemaEntry `json:"items" nullable:"false"`
	}
}

// SchemaEntry names one contract.
type SchemaEntry struct {
	Type      string `json:"type" example:"order.placed" doc:"The type of the events; 'event' for the envelope of all of them"`
	Version   int    `json:"version" example:"1"`
	Published bool   `json:"published" doc:"Whether events are made to this version; the others are deprecated, or yet to come"`
	ID        string `json:"id" format:"uri" example:"https://makegood.dev/schemas/order.placed/1" doc:"The schema's $id, which events carry as dataschema"`
	Path      string `json:"path" format:"uri-reference" example:"/schemas/order.placed/1" doc:"Where this gateway serves it"`
}

type schemaInput struct {
	Type    string `path:"type" doc:"The type of the events, or 'event' for the envelope of all of them"`
	Version string `path:"version" example:"1"`
}

func (s *Server) registerSchemas(to huma.API) {
	huma.Register(to, huma.Operation{
		OperationID: "list-schemas", Method: http.MethodGet, Path: "/schemas",
		Summary: "The contracts of events", Tags: []string{"events"},
	}, s.listSchemas)
	schema := map[string]*huma.MediaType{"application/schema+json": {Schema: &huma.Schema{Type: huma.TypeObject}}}
	huma.Register(to, huma.Operation{
		OperationID: "get-schema", Method: http.MethodGet, Path: "/schemas/{type}/{version}",
		Summary: "What events of a type say", Tags: []string{"events"},
		Description: "JSON Schema 2020-12 of the events' data. The path is that of the events' dataschema, whose host is a name and no place to ask. " +
			"Within a version members may be added; If-None-Match tells whether any were.",
		Responses: map[string]*huma.Response{
			"200": {Description: "The schema", Content: schema},
			"304": {Description: "The one that If-None-Match names"},
		},
		Errors: []int{http.StatusNotFound},
	}, s.getSchema)
	document := map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{Type: huma.TypeObject}}}
	huma.Register(to, huma.Operation{
		OperationID: "get-asyncapi", Method: http.MethodGet, Path: "/asyncapi.json",
		Summary: "How events travel", Tags: []string{"events"},
		Description: "The AsyncAPI 3.0 document: each type with its contract, on RabbitMQ and on Redis Streams.",
		Responses: map[string]*huma.Response{
			"200": {Description: "The document", Content: document},
			"304": {Description: "The one that If-None-Match names"},
		},
	}, func(context.Context, *struct{}) (*huma.StreamResponse, error) {
		return static("application/json", contracts.AsyncAPI()), nil
	})
}

func (s *Server) listSchemas(context.Context, *struct{}) (*listSchemasOutput, error) {
	out := &listSchemasOutput{CacheControl: schemaCache}
	for _, c := range contracts.All() {
		out.Body.Items = append(out.Body.Items, SchemaEntry{
			Type: c.Type, Version: c.Version, Published: c.Published, ID: c.URI(), Path: "/schemas/" + c.Name(),
		})
	}
	return out, nil
}

func (s *Server) getSchema(_ context.Context, in *schemaInput) (*huma.StreamResponse, error) {
	var names []string
	for _, c := range contracts.All() {
		if c.Name() == in.Type+"/"+in.Version {
			return static("application/schema+json", c.Schema), nil
		}
		names = append(names, c.Name())
	}
	return nil, problem(notFound, "there is no such schema; there are "+strings.Join(names, ", "))
}

// static answers bytes that are part of the binary, or 304 to whoever has them.
func static(contentType string, content []byte) *huma.StreamResponse {
	sum := sha256.Sum256(content)
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		c := humagin.Unwrap(ctx)
		c.Header("Content-Type", contentType)
		c.Header("Cache-Control", schemaCache)
		c.Header("ETag", `"`+hex.EncodeToString(sum[:16])+`"`)
		http.ServeContent(c.Writer, c.Request, "", time.Time{}, bytes.NewReader(content))
	}}
}
