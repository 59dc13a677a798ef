package scraped

import (
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// parse takes Grafana's variables for the durations that they are.
func parse(expression string) (parser.Expr, error) {
	text := strings.NewReplacer("$__rate_interval", "5m", "$__interval", "1m", "$__range", "1h").Replace(expression)
	return parser.NewParser(parser.Options{}).ParseExpr(text)
}

// Names are the metrics that the expression selects.
func Names(expression string) (names []string, err error) {
	parsed, err := parse(expression)
	if err != nil {
		return nil, err
	}
	parser.Inspect(parsed, func(node parser.Node, _ []parser.Node) error {
		if selector, ok := node.(*parser.VectorSelector); ok {
			names = append(names, selector.Name)
		}
		return nil
	})
	return names, nil
}

// Check returns the labels that the expression's result may have, and an error
// for each name in it that was not scraped.
func (s Series) Check(expression string) (Labels, error) {
	parsed, err := parse(expression)
	if err != nil {
		return nil, err
	}
	c := checker{series: s}
	result := c.of(parsed)
	return result, errors.Join(c.wrong...)
}

type checker struct {
	series Series
	wrong  []error
}

func (c *checker) complain(format string, args ...any) {
	c.wrong = append(c.wrong, fmt.Errorf(format, args...))
}

// of are the labels of the node's result.
func (c *checker) of(node parser.Node) Labels {
	switch n := node.(type) {
	case *parser.VectorSelector:
		return c.selector(n)
	case *parser.AggregateExpr:
		return c.aggregate(n)
	case *parser.BinaryExpr:
		return c.binary(n)
	case *parser.Call:
		return c.call(n)
	}
	all := Labels{}
	for child := range parser.ChildrenIter(node) {
		maps.Copy(all, c.of(child))
	}
	return all
}

func (c *checker) selector(n *parser.VectorSelector) Labels {
	has := c.series.labels(n.Name)
	if len(c.series[n.Name]) == 0 {
		c.complain("there is no metric %s", n.Name)
		return has
	}
	var asked []*labels.Matcher
	for _, m := range n.LabelMatchers {
		switch {
		case m.Name == model.MetricNameLabel:
		case !has[m.Name]:
			c.complain("the metric %s has no label %s", n.Name, m.Name)
		default:
			asked = append(asked, m)
		}
	}
	for _, series := range c.series[n.Name] {
		if matches(series, asked) {
			return has
		}
	}
	c.complain("nothing matches %s", n)
	return has
}

// matches looks for what is asked for by its value. What a pattern is for, such
// as the codes of errors, need not have happened.
func matches(series map[string]string, asked []*labels.Matcher) bool {
	for _, m := range asked {
		if m.Type == labels.MatchEqual && series[m.Name] != anything && !m.Matches(series[m.Name]) {
			return false
		}
	}
	return true
}

func (c *checker) aggregate(n *parser.AggregateExpr) Labels {
	has := c.of(n.Expr)
	c.need(has, n.Grouping, n)
	if n.Without {
		left := maps.Clone(has)
		for _, label := range n.Grouping {
			delete(left, label)
		}
		return left
	}
	return setOf(n.Grouping)
}

func (c *checker) binary(n *parser.BinaryExpr) Labels {
	left, right := c.of(n.LHS), c.of(n.RHS)
	switch {
	case n.VectorMatching == nil && n.LHS.Type() == parser.ValueTypeScalar:
		return right
	case n.VectorMatching == nil:
		return left
	}
	c.need(left, n.VectorMatching.MatchingLabels, n)
	c.need(right, n.VectorMatching.MatchingLabels, n)
	switch {
	case n.Op == parser.LOR:
		all := maps.Clone(left)
		maps.Copy(all, right)
		return all
	case n.Op.IsSetOperator() || !n.VectorMatching.On:
		return left
	default:
		return setOf(n.VectorMatching.MatchingLabels)
	}
}

func (c *checker) call(n *parser.Call) Labels {
	all := Labels{}
	for _, arg := range n.Args {
		maps.Copy(all, c.of(arg))
	}
	switch n.Func.Name {
	case "absent", "absent_over_time", "scalar", "vector", "time":
		return Labels{}
	case "histogram_quantile", "histogram_fraction":
		c.need(all, []string{"le"}, n)
		delete(all, "le")
	}
	return all
}

func (c *checker) need(has Labels, names []string, in parser.Node) {
	for _, name := range names {
		if !has[name] {
			c.complain("there is no label %s in %s", name, in)
		}
	}
}

func setOf(names []string) Labels {
	set := Labels{}
	for _, name := range names {
		set[name] = true
	}
	return set
}
