package console

import (
	"bytes"
	"io"
	"net/http"
)

// inside carries a client's requests to a handler in the same process.
type inside struct{ handler http.Handler }

func (t inside) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	r.RequestURI = r.URL.RequestURI()
	a := &recorded{header: http.Header{}, status: http.StatusOK}
	t.handler.ServeHTTP(a, r)
	return &http.Response{
		StatusCode: a.status, Status: http.StatusText(a.status), Header: a.header,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: io.NopCloser(&a.body), ContentLength: int64(a.body.Len()), Request: r,
	}, nil
}

// recorded is an answer that is read once it is whole.
type recorded struct {
	header http.Header
	status int
	wrote  bool
	body   bytes.Buffer
}

func (a *recorded) Header() http.Header { return a.header }

func (a *recorded) WriteHeader(status int) {
	if !a.wrote {
		a.wrote, a.status = true, status
	}
}

func (a *recorded) Write(p []byte) (int, error) {
	a.wrote = true
	return a.body.Write(p)
}
