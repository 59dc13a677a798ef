package console

import "net/http"

func (c *console) system(r *http.Request) (view, error) {
	s, err := c.api.System(r.Context())
	if err != nil {
		return view{}, err
	}
	return view{Page: "system", Title: "System", Data: s, Every: "5s"}, nil
}
