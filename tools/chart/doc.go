// Package chart checks the Helm chart in deploy/helm without a cluster or a
// network: Helm's own lint and templates, each object in its Kubernetes type,
// what must be true of the objects together, and that the binary starts with
// what each pod gives it.
package chart
