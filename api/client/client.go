// Package client speaks the gateway's HTTP API. It retries nothing on its own,
// but for Watch, which goes on where a broken connection ended: each call says
// whether the caller may.
//
// What the gateway refuses is a *Problem; any other error means that there was
// no answer, and leaves open whether the request was carried out.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// mostAnswer bounds an answer's body. A page of 100 orders has some 30 kB.
const mostAnswer = 16 << 20

// Client is one gateway, safe for concurrent use.
type Client struct {
	base string
	http *http.Client
}

// New returns a client of the gateway at baseURL, such as
// http://127.0.0.1:8080. It asks nothing of it. Nil over means
// http.DefaultClient; deadlines come from each call's context.
func New(baseURL string, over *http.Client) *Client {
	if over == nil {
		over = http.DefaultClient
	}
	return &Client{base: strings.TrimRight(baseURL, "/"), http: over}
}

// call is one request and what its answer is read into.
type call struct {
	method, path string
	query        url.Values
	header       http.Header
	body         any // marshalled; nil for none
	into         any
}

// do returns a *Problem for what the gateway refused.
func (c *Client) do(ctx context.Context, a call) error {
	answer, err := c.send(ctx, a)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(answer.Body, mostAnswer))
	if err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	if err := json.Unmarshal(text, a.into); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	return nil
}

// send returns an answer of 2xx; the caller closes its body.
func (c *Client) send(ctx context.Context, a call) (*http.Response, error) {
	var body io.Reader
	if a.body != nil {
		text, err := json.Marshal(a.body)
		if err != nil {
			return nil, fmt.Errorf("write the request: %w", err)
		}
		body = bytes.NewReader(text)
	}
	target := c.base + a.path
	if len(a.query) > 0 {
		target += "?" + a.query.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, a.method, target, body)
	if err != nil {
		return nil, err
	}
	for name, values := range a.header {
		request.Header[name] = values
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	answer, err := c.http.Do(request)
	if err != nil {
		var detailed *url.Error // repeats the method and the whole URL
		if errors.As(err, &detailed) {
			err = detailed.Err
		}
		return nil, fmt.Errorf("no answer from %s: %w", c.base, err)
	}
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		defer func() { _ = answer.Body.Close() }()
		return nil, problemOf(answer)
	}
	return answer, nil
}
