package browser

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// axe is axe-core 4.14.1 (MPL-2.0), axe.min.js of the npm package axe-core.
//
//go:embed axe-4.14.1.min.js
var axe string

// Inaccessible is what axe-core finds wrong with the page as it is looked at,
// by WCAG 2.2 A and AA and by best practice: a line a violation.
func (p *Page) Inaccessible() []string {
	p.Helper()
	type violation struct {
		ID    string `json:"id"`
		Help  string `json:"help"`
		Nodes []struct {
			HTML    string `json:"html"`
			Summary string `json:"failureSummary"`
		} `json:"nodes"`
	}
	_, err := eval[chromedp.Void](p, axe)
	require.NoError(p, err)
	violations, err := eval[[]violation](p, `axe.run(document).then((r) => r.violations)`, chromedp.EvalAwaitPromise)
	require.NoError(p, err)
	var wrong []string
	for _, v := range violations {
		for _, n := range v.Nodes {
			wrong = append(wrong, fmt.Sprintf("%s (%s): %s: %s", v.ID, v.Help, n.HTML, strings.Join(strings.Fields(n.Summary), " ")))
		}
	}
	return wrong
}
