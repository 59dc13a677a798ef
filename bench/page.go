package bench

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Parse(pageText))

// bar is one number of a plot.
type bar struct {
	Name  string
	Value string
	Width float64 // % of the plot's widest
}

// plot is one figure of every row, or the rate of one row in each round.
type plot struct {
	Name string
	Bars []bar
}

// WritePage writes the report as one HTML page that needs nothing else.
func (r OrdersReport) WritePage(out io.Writer) error {
	var plots []plot
	for _, f := range r.figures() {
		p := plot{Name: f.Name}
		most := 0.0
		for _, row := range r.Rows {
			most = max(most, f.Of(row))
		}
		for _, row := range r.Rows {
			p.Bars = append(p.Bars, newBar(row.Title, f, row, most))
		}
		plots = append(plots, p)
	}
	for _, row := range r.Rows {
		p := plot{Name: row.Title + ": a second in each round"}
		for i, rate := range row.Each {
			p.Bars = append(p.Bars, bar{Name: fmt.Sprintf("round %d", i+1), Value: fmt.Sprintf("%.1f", rate), Width: share(rate, maxOf(row.Each))})
		}
		plots = append(plots, p)
	}
	err := page.Execute(out, struct {
		OrdersReport
		Plots []plot
	}{r, plots})
	if err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	return nil
}

func newBar(name string, f figure, row OrdersRow, most float64) bar {
	return bar{Name: name, Value: fmt.Sprintf("%.*f", f.Decimals, f.Of(row)), Width: share(f.Of(row), most)}
}

func share(of, most float64) float64 {
	if most <= 0 {
		return 0
	}
	return 100 * max(of, 0) / most
}

func maxOf(all []float64) (most float64) {
	for _, one := range all {
		most = max(most, one)
	}
	return most
}
