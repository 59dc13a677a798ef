package console

import (
	"net/http"
	"net/url"
	"strings"

	"makegood/api/client"
	"makegood/order"
)

// pageSize is how many orders a page lists.
const pageSize = 25

type orderList struct {
	Filter client.Filter
	Counts []count
	// CountsError is why the counts are missing.
	CountsError *client.Problem
	Page        client.Page
	// First says that it is the newest page; Older is the next one's address.
	First  bool
	Older  string
	Newest string
}

// count is a status to choose, with how many orders have it; where a customer's
// are sought, nobody counts.
type count struct {
	Status order.Status
	N      int64
	To     string
	Chosen bool
}

// changes are the events that change what the list shows.
const changes = "/v1/events"

func (c *console) orders(r *http.Request) (view, error) {
	query := r.URL.Query()
	sought := strings.TrimSpace(query.Get("q"))
	if strings.HasPrefix(sought, "ord_") {
		return goTo(orderPath(order.ID(sought))), nil
	}
	list := orderList{Filter: client.Filter{Status: order.Status(query.Get("status")), CustomerID: sought}, First: query.Get("cursor") == ""}
	var err error
	if list.Page, err = c.api.List(r.Context(), list.Filter, query.Get("cursor"), pageSize); err != nil {
		return view{}, err
	}
	var counts map[order.Status]int64
	if sought == "" { // they are of all customers
		if counts, err = c.api.Counts(r.Context()); err != nil {
			list.CountsError = problemOf(err)
		}
	}
	all := count{To: listPath("", sought, ""), Chosen: list.Filter.Status == ""}
	for _, n := range counts {
		all.N += n
	}
	list.Counts = append(list.Counts, all)
	for _, status := range order.Statuses {
		list.Counts = append(list.Counts, count{Status: status, N: counts[status], To: listPath(status, sought, ""), Chosen: list.Filter.Status == status})
	}
	list.Newest = listPath(list.Filter.Status, sought, "")
	if list.Page.NextCursor != "" {
		list.Older = listPath(list.Filter.Status, sought, list.Page.NextCursor)
	}
	v := view{Page: "orders", Title: "Orders", Data: list, Every: "20s", Live: changes}
	if sought != "" {
		v.Live += "?customer_id=" + url.QueryEscape(sought)
	}
	return v, nil
}

func listPath(status order.Status, customer, cursor string) string {
	query := url.Values{}
	for name, value := range map[string]string{"status": string(status), "q": customer, "cursor": cursor} {
		if value != "" {
			query.Set(name, value)
		}
	}
	if len(query) == 0 {
		return "/"
	}
	return "/?" + query.Encode()
}

func orderPath(id order.ID) string { return "/console/orders/" + url.PathEscape(string(id)) }
