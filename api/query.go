package api

import (
	"cmp"
	"maps"
	"net/url"
	"slices"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
)

// checkQuery refuses the parameters of a list that its operation doesn't know,
// and those given twice: a filter that is misspelt would list everything. It
// refuses what is no text, which gRPC can't carry to Temporal.
func checkQuery(ctx huma.Context) []error {
	asked := ctx.URL()
	query, err := url.ParseQuery(asked.RawQuery)
	if err != nil {
		return []error{&huma.ErrorDetail{Location: "query", Message: "must be name=value pairs, percent-encoded and parted by &"}}
	}
	known := map[string]bool{}
	for _, parameter := range ctx.Operation().Parameters {
		known[parameter.Name] = known[parameter.Name] || parameter.In == "query"
	}
	var wrong []error
	for _, name := range slices.Sorted(maps.Keys(query)) {
		location := "query." + cmp.Or(name, `""`)
		switch {
		case !known[name]:
			wrong = append(wrong, &huma.ErrorDetail{Location: location, Message: "is not known"})
		case len(query[name]) > 1:
			wrong = append(wrong, &huma.ErrorDetail{Location: location, Message: "must be given once"})
		case !utf8.ValidString(query.Get(name)):
			wrong = append(wrong, &huma.ErrorDetail{Location: location, Message: "must be UTF-8 text"})
		}
	}
	return wrong
}
