package console

import (
	"net/http"
	"net/url"
	"strings"

	"makegood/api/client"
)

// stockPage is how many SKUs a page lists.
const stockPage = 50

type stockList struct {
	Sought string
	Page   client.StockPage
	First  bool
	Next   string
}

func (c *console) stock(r *http.Request) (view, error) {
	query := r.URL.Query()
	list := stockList{Sought: strings.TrimSpace(query.Get("sku")), First: query.Get("cursor") == ""}
	v := view{Page: "stock", Title: "Stock", Every: "5s"}
	if list.Sought != "" {
		level, err := c.api.Stock(r.Context(), list.Sought)
		if p := problemOf(err); err != nil && p.Status >= http.StatusInternalServerError {
			return view{}, err
		}
		if err == nil {
			list.Page.Items = []client.Level{level}
		}
		v.Data = list
		return v, nil
	}
	var err error
	if list.Page, err = c.api.ListStock(r.Context(), query.Get("cursor"), stockPage); err != nil {
		return view{}, err
	}
	if next := list.Page.NextCursor; next != "" {
		list.Next = "/console/stock?cursor=" + url.QueryEscape(next)
	}
	v.Data = list
	return v, nil
}
