// Package scraped holds PromQL against what was scraped: every metric that an
// expression names must be there, with every label, in the form that it asks for.
package scraped

import (
	"context"
	"fmt"
	"maps"
	"net/http"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
)

// Labels are a set of their names.
type Labels map[string]bool

// Series are those of some scrapes, by the name that PromQL has for them.
type Series map[string][]map[string]string

// Scrape adds what the URL answers, as Prometheus would under the job.
func (s Series) Scrape(ctx context.Context, job, instance, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("scrape %s: %w", job, err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("scrape %s: %s", url, answer.Status)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(answer.Body)
	if err != nil {
		return fmt.Errorf("scrape %s: %w", url, err)
	}
	target := map[string]string{"job": job, "instance": instance}
	s.add("up", target, nil)
	for name, family := range families {
		s.family(name, family, target)
	}
	return nil
}

func (s Series) family(name string, family *dto.MetricFamily, target map[string]string) {
	for _, metric := range family.GetMetric() {
		labels := maps.Clone(target)
		for _, l := range metric.GetLabel() {
			labels[l.GetName()] = l.GetValue()
		}
		switch family.GetType() {
		case dto.MetricType_HISTOGRAM:
			for _, bucket := range metric.GetHistogram().GetBucket() {
				s.add(name+"_bucket", labels, map[string]string{"le": stored(bucket.GetUpperBound())})
			}
			s.add(name+"_count", labels, nil)
			s.add(name+"_sum", labels, nil)
		case dto.MetricType_SUMMARY:
			for _, quantile := range metric.GetSummary().GetQuantile() {
				s.add(name, labels, map[string]string{"quantile": stored(quantile.GetQuantile())})
			}
			s.add(name+"_count", labels, nil)
			s.add(name+"_sum", labels, nil)
		default:
			s.add(name, labels, nil)
		}
	}
}

// stored is how Prometheus writes the bound of a bucket or a quantile into its
// label, whatever the target wrote: 10 is "10.0" there.
func stored(bound float64) string { return labels.FormatOpenMetricsFloat(bound) }

func (s Series) add(name string, labels, more map[string]string) {
	labels = maps.Clone(labels)
	maps.Copy(labels, more)
	s[name] = append(s[name], labels)
}

// Record adds what a recording rule makes: one series with the labels, whatever
// their values.
func (s Series) Record(name string, labels Labels) {
	made := map[string]string{}
	for label := range labels {
		made[label] = anything
	}
	s[name] = append(s[name], made)
}

// anything is the value of a label that no scrape has told.
const anything = "\x00"

// labels are those that any series of the name has.
func (s Series) labels(name string) Labels {
	all := Labels{}
	for _, series := range s[name] {
		for label := range series {
			all[label] = true
		}
	}
	return all
}
