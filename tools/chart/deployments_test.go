package chart_test

import (
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// stopWithin is cmd/makegood's: what a role takes to end.
const stopWithin = 25

func deploymentMistakes(d *appsv1.Deployment, objects []runtime.Object) []string {
	template := &d.Spec.Template
	c := &template.Spec.Containers[0]
	budgets, scalers, accounts := 0, 0, 0
	for _, budget := range all[*policyv1.PodDisruptionBudget](objects) {
		if selects(budget.Spec.Selector, template.Labels) && budget.Spec.MaxUnavailable != nil && budget.Spec.MaxUnavailable.IntValue() > 0 {
			budgets++
		}
	}
	for _, scaler := range all[*autoscalingv2.HorizontalPodAutoscaler](objects) {
		if scaler.Spec.ScaleTargetRef.Name == d.Name {
			scalers++
		}
	}
	for _, account := range all[*corev1.ServiceAccount](objects) {
		if account.Name == template.Spec.ServiceAccountName {
			accounts++
		}
	}
	grace := int64(stopWithin)
	gateway := slices.Contains([]string{"api", "serve"}, c.Args[0])
	if c.Lifecycle != nil && c.Lifecycle.PreStop != nil && c.Lifecycle.PreStop.Sleep != nil {
		grace += c.Lifecycle.PreStop.Sleep.Seconds
	}
	rolling := d.Spec.Strategy.RollingUpdate
	wrong := found(map[string]bool{
		"not one disruption budget that lets a pod go":       budgets != 1,
		"neither a number of replicas nor an autoscaler":     d.Spec.Replicas == nil && scalers == 0,
		"an autoscaler, and a number of replicas against it": d.Spec.Replicas != nil && scalers > 0,
		"two autoscalers":                     scalers > 1,
		"its ServiceAccount isn't there":      accounts != 1,
		"selector doesn't select its pods":    !selects(d.Spec.Selector, template.Labels),
		"fewer pods while it rolls":           rolling == nil || rolling.MaxUnavailable == nil || *rolling.MaxUnavailable != intstr.FromInt32(0),
		"is killed before its work has ended": template.Spec.TerminationGracePeriodSeconds == nil || *template.Spec.TerminationGracePeriodSeconds <= grace,
		"requests come while it ends":         gateway && grace == stopWithin,
		"isn't spread":                        len(template.Spec.TopologySpreadConstraints) == 0,
	})
	for _, other := range all[*appsv1.Deployment](objects) {
		if other != d && selects(d.Spec.Selector, other.Spec.Template.Labels) {
			wrong = append(wrong, "selects the pods of "+other.Name)
		}
	}
	for _, spread := range template.Spec.TopologySpreadConstraints {
		if !selects(spread.LabelSelector, template.Labels) {
			wrong = append(wrong, "is spread by "+spread.TopologyKey+" among pods that aren't its own")
		}
	}
	return append(wrong, probeMistakes(c)...)
}

func probeMistakes(c *corev1.Container) []string {
	var wrong []string
	for _, want := range []struct {
		name, path string
		probe      *corev1.Probe
		timeout    int32 // seconds, at least
	}{
		{"startup", "/healthz", c.StartupProbe, 0},
		{"liveness", "/healthz", c.LivenessProbe, 2},
		{"readiness", "/readyz", c.ReadinessProbe, 2}, // it takes up to 800 ms
	} {
		if want.probe == nil || want.probe.HTTPGet == nil {
			wrong = append(wrong, "no "+want.name+" probe")
			continue
		}
		wrong = append(wrong, found(map[string]bool{
			want.name + " probe asks for " + want.probe.HTTPGet.Path:     want.probe.HTTPGet.Path != want.path,
			want.name + " probe asks a port that the container hasn't":   !hasPort(c, want.probe.HTTPGet.Port),
			want.name + " probe doesn't wait long enough for the answer": want.probe.TimeoutSeconds < want.timeout,
		})...)
	}
	return wrong
}
