package main

// board is one dashboard: rows of panels, each row as wide as the screen.
type board struct {
	name, title, about string
	rows               []row
}

type row struct {
	title  string
	panels []panel
}

// panel draws one line for each series that its queries answer with.
type panel struct {
	title string
	// about says what is good and what is not, and names the alert's page.
	about string
	unit  unit
	// stat shows the last value, instead of a line.
	stat bool
	// alert is from which value on it is drawn in red; 0 means never.
	alert   float64
	queries []query
}

// query is in PromQL. The legend takes labels in double braces.
type query struct{ expr, legend string }

// unit is Grafana's name of one.
type unit string

const (
	count   unit = "short"
	perSec  unit = "ops"
	seconds unit = "s"
	ratio   unit = "percentunit"
	memory  unit = "bytes"
	state   unit = "none"
)

type object map[string]any

// source is the dashboard's variable, so that any Prometheus will do.
var source = object{"type": "prometheus", "uid": "${datasource}"}

const (
	width     = 24 // of Grafana's grid
	height    = 8
	low       = 4 // of a row of stats
	refresh   = "30s"
	timeRange = "now-3h"
	schema    = 39 // Grafana 10 and later
)

func (b board) grafana() object {
	var panels []object
	y := 0
	for _, r := range b.rows {
		panels = append(panels, object{
			"id": len(panels) + 1, "type": "row", "title": r.title, "collapsed": false, "panels": []object{},
			"gridPos": object{"x": 0, "y": y, "w": width, "h": 1},
		})
		y++
		h, w := low, width/len(r.panels)
		for i, p := range r.panels {
			if !p.stat {
				h = height
			}
			panels = append(panels, p.grafana(len(panels)+1, object{"x": i * w, "y": y, "w": w, "h": 0}))
		}
		for _, p := range panels[len(panels)-len(r.panels):] {
			p["gridPos"].(object)["h"] = h
		}
		y += h
	}
	return object{
		"uid": "makegood-" + b.name, "title": b.title, "description": b.about, "tags": []string{"makegood"},
		"schemaVersion": schema, "version": 1, "editable": false, "graphTooltip": 1, "refresh": refresh,
		"time": object{"from": timeRange, "to": "now"}, "timezone": "", "panels": panels,
		"templating": object{"list": []object{{
			"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus", "hide": 0, "current": object{},
		}}},
		"links": []object{{"title": "Other dashboards", "type": "dashboards", "tags": []string{"makegood"}, "asDropdown": true, "keepTime": true}},
	}
}

func (p panel) grafana(id int, place object) object {
	kind, options := "timeseries", object{
		"legend":  object{"displayMode": "table", "placement": "bottom", "calcs": []string{"lastNotNull", "max"}},
		"tooltip": object{"mode": "multi", "sort": "desc"},
	}
	if p.stat {
		kind, options = "stat", object{"colorMode": "background", "reduceOptions": object{"calcs": []string{"lastNotNull"}}}
	}
	steps := []object{{"color": "green", "value": nil}}
	defaults := object{"unit": p.unit, "min": 0}
	if p.alert > 0 {
		steps = append(steps, object{"color": "red", "value": p.alert})
		if !p.stat {
			defaults["custom"] = object{"thresholdsStyle": object{"mode": "line"}}
		}
	}
	defaults["thresholds"] = object{"mode": "absolute", "steps": steps}
	var targets []object
	for i, q := range p.queries {
		targets = append(targets, object{
			"refId": string(rune('A' + i)), "expr": q.expr, "legendFormat": q.legend, "datasource": source,
			"exemplar": p.unit == seconds && !p.stat,
		})
	}
	return object{
		"id": id, "type": kind, "title": p.title, "description": p.about, "datasource": source, "gridPos": place,
		"fieldConfig": object{"defaults": defaults, "overrides": []object{}}, "options": options, "targets": targets,
	}
}

// page names the runbook's page of an alert.
func page(alert string) string { return " Runbook: docs/runbook/alerts/" + alert + ".md" }

// quantiles are queries of a histogram, by its name without _bucket.
func quantiles(histogram, by string, of ...string) []query {
	legend, group := "", "le"
	if by != "" {
		legend, group = "{{"+by+"}} ", "le, "+by
	}
	var queries []query
	for _, q := range of {
		queries = append(queries, query{
			"histogram_quantile(" + q + ", sum by (" + group + ") (rate(" + histogram + "[$__rate_interval])))", legend + "p" + q[2:],
		})
	}
	return queries
}

// rate is how much of a counter there is a second, by some labels.
func rate(counter, by, legend string) query {
	return query{"sum by (" + by + ") (rate(" + counter + "[$__rate_interval]))", legend}
}
