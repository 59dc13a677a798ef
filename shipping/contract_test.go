package shipping_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"makegood/order"
	"makegood/shipping"
)

const contractFile = "../docs/carrier.openapi.yaml"

// contract compiles the schemas that the contract names.
func contract(t *testing.T) func(name string) *jsonschema.Schema {
	t.Helper()
	text, err := os.ReadFile(contractFile)
	require.NoError(t, err)
	var document any
	require.NoError(t, yaml.Unmarshal(text, &document))
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	require.NoError(t, compiler.AddResource("contract.json", document))
	return func(name string) *jsonschema.Schema {
		schema, err := compiler.Compile("contract.json#/components/schemas/" + name)
		require.NoError(t, err)
		return schema
	}
}

// What the adapter sends and what the simulator answers is what the contract says.
func TestAdapterAndSimulatorKeepTheContract(t *testing.T) {
	w := newWorld(t)
	schema := contract(t)
	shipment, record, problem := schema("Shipment"), schema("Record"), schema("Problem")
	check := func(s *jsonschema.Schema, text []byte) {
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		assert.NoError(t, err, string(text))
		assert.NoError(t, s.Validate(value), string(text))
	}
	seen := map[string]bool{}
	between := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		check(shipment, body)
		req, err := http.NewRequestWithContext(r.Context(), r.Method, w.url+r.URL.RequestURI(), bytes.NewReader(body))
		assert.NoError(t, err)
		req.Close = true
		res, err := http.DefaultClient.Do(req)
		if !assert.NoError(t, err) {
			return
		}
		defer func() { _ = res.Body.Close() }()
		answer, err := io.ReadAll(res.Body)
		assert.NoError(t, err)
		action := "create"
		if strings.HasSuffix(r.URL.Path, "/fence") {
			action = "fence"
		}
		seen[fmt.Sprint(action, " ", res.StatusCode)] = true
		switch res.StatusCode {
		case http.StatusOK, http.StatusGone, http.StatusUnprocessableEntity:
			check(record, answer)
		default:
			check(problem, answer)
		}
		rw.WriteHeader(res.StatusCode)
		_, _ = rw.Write(answer)
	}))
	defer between.Close()
	h, err := shipping.NewHTTP(shipping.Config{URL: between.URL, Namespace: "test"})
	require.NoError(t, err)
	defer h.Close()

	both := func(id order.ID, line1, postalCode string) {
		o := orderTo(line1, postalCode)
		o.ID = id
		for _, do := range []step{h.Ship, h.Fence} {
			_, _ = do(t.Context(), o) // what it comes to is not the question here
		}
	}
	both("ord_shipped", "1 Main St", "10115")
	both("ord_shipped", "another body", "10115")
	both("ord_nowhere", "1 Main St", "00000")
	both("ord_unavailable", "sim:fail_always", "10115")
	both("ord_unfenced", "sim:refuse_undo", "10115")
	fenced := orderTo("sim:fail_1", "10115")
	for _, do := range []step{h.Fence, h.Ship, h.Ship} {
		_, _ = do(t.Context(), fenced)
	}
	for _, want := range []string{"create 200", "create 410", "create 409", "create 422", "create 503", "fence 200", "fence 403", "fence 409"} {
		assert.Contains(t, seen, want)
	}
}
