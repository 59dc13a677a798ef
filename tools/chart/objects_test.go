package chart_test

import (
	"fmt"
	"slices"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/validation"
)

// mistakes says what is wrong with the objects of a release, each alone and
// all together.
func mistakes(objects []runtime.Object, reads func(command string) []string) []string {
	var wrong []string
	for _, object := range objects {
		var own []string
		switch object := object.(type) {
		case *appsv1.Deployment:
			own = append(podMistakes(&object.Spec.Template.Spec, reads), deploymentMistakes(object, objects)...)
		case *batchv1.Job:
			own = podMistakes(&object.Spec.Template.Spec, reads)
		case *autoscalingv2.HorizontalPodAutoscaler:
			own = autoscalerMistakes(object, objects)
		case *policyv1.PodDisruptionBudget:
			own = matching(object.Spec.Selector, objects, func(n int) bool { return n == 1 })
		case *corev1.Service:
			own = serviceMistakes(object, objects)
		case *networkingv1.Ingress:
			own = ingressMistakes(object, objects)
		case *networkingv1.NetworkPolicy:
			own = matching(&object.Spec.PodSelector, objects, func(n int) bool { return n == len(all[*appsv1.Deployment](objects)) })
		case *monitoring.PodMonitor:
			own = matching(&object.Spec.Selector, objects, func(n int) bool { return n == len(all[*appsv1.Deployment](objects)) })
			for _, d := range all[*appsv1.Deployment](objects) {
				if d.Spec.Template.Labels[object.Spec.JobLabel] != "makegood" {
					own = append(own, "has "+d.Name+" in another job than the alerts ask for")
				}
			}
		case *corev1.ServiceAccount:
			own = found(map[string]bool{"has a token of the API server": !is(object.AutomountServiceAccountToken, false)})
		default:
			own = []string{"is of a kind that nothing checks"}
		}
		own = append(own, nameMistakes(object)...)
		for _, mistake := range own {
			wrong = append(wrong, fmt.Sprintf("%s: %s", name(object), mistake))
		}
	}
	return wrong
}

func autoscalerMistakes(scaler *autoscalingv2.HorizontalPodAutoscaler, objects []runtime.Object) []string {
	target := scaler.Spec.ScaleTargetRef
	at := slices.IndexFunc(objects, func(object runtime.Object) bool {
		d, ok := object.(*appsv1.Deployment)
		return ok && d.Name == target.Name && target.Kind == "Deployment" && target.APIVersion == "apps/v1"
	})
	return found(map[string]bool{
		"there is no " + target.Kind + " " + target.Name: at < 0,
		"has nothing to go by":                           len(scaler.Spec.Metrics) == 0,
		"can't scale":                                    scaler.Spec.MinReplicas == nil || *scaler.Spec.MinReplicas >= scaler.Spec.MaxReplicas,
	})
}

func serviceMistakes(service *corev1.Service, objects []runtime.Object) []string {
	var wrong []string
	selector := &metav1.LabelSelector{MatchLabels: service.Spec.Selector}
	pods := 0
	for _, d := range all[*appsv1.Deployment](objects) {
		if !selects(selector, d.Spec.Template.Labels) {
			continue
		}
		pods++
		c := &d.Spec.Template.Spec.Containers[0]
		if !slices.Contains([]string{"api", "serve"}, c.Args[0]) {
			wrong = append(wrong, "sends requests to a "+c.Args[0])
		}
		for _, port := range service.Spec.Ports {
			if !hasPort(c, port.TargetPort) {
				wrong = append(wrong, "sends requests to port "+port.TargetPort.String()+", which "+d.Name+" hasn't")
			}
		}
	}
	if pods != 1 {
		wrong = append(wrong, fmt.Sprintf("selects the pods of %d Deployments", pods))
	}
	return wrong
}

func ingressMistakes(ingress *networkingv1.Ingress, objects []runtime.Object) []string {
	var wrong []string
	for _, rule := range ingress.Spec.Rules {
		for _, path := range rule.HTTP.Paths {
			backend := path.Backend.Service
			if !slices.ContainsFunc(all[*corev1.Service](objects), func(s *corev1.Service) bool {
				return s.Name == backend.Name && slices.ContainsFunc(s.Spec.Ports, func(p corev1.ServicePort) bool { return p.Name == backend.Port.Name })
			}) {
				wrong = append(wrong, "there is no Service "+backend.Name+" with a port "+backend.Port.Name)
			}
			if path.Path == "/" {
				wrong = append(wrong, "shows /metrics to the world")
			}
		}
	}
	return wrong
}

// nameMistakes are what the API server would refuse, and a type can't.
func nameMistakes(object runtime.Object) []string {
	about, err := meta.Accessor(object)
	if err != nil {
		return []string{err.Error()}
	}
	wrong := validation.IsDNS1123Label(about.GetName())
	own := about.GetLabels()
	if d, ok := object.(*appsv1.Deployment); ok {
		own = labels.Merge(own, d.Spec.Template.Labels)
	}
	for key, value := range own {
		wrong = slices.Concat(wrong, validation.IsQualifiedName(key), validation.IsValidLabelValue(value))
	}
	return wrong
}

// matching says so unless the number of Deployments whose pods are selected is
// right.
func matching(selector *metav1.LabelSelector, objects []runtime.Object, right func(n int) bool) []string {
	n := 0
	for _, d := range all[*appsv1.Deployment](objects) {
		if selects(selector, d.Spec.Template.Labels) {
			n++
		}
	}
	if right(n) {
		return nil
	}
	return []string{fmt.Sprintf("selects the pods of %d Deployments", n)}
}

func selects(selector *metav1.LabelSelector, pod map[string]string) bool {
	compiled, err := metav1.LabelSelectorAsSelector(selector)
	return err == nil && !compiled.Empty() && compiled.Matches(labels.Set(pod))
}

func hasPort(c *corev1.Container, port intstr.IntOrString) bool {
	return slices.ContainsFunc(c.Ports, func(p corev1.ContainerPort) bool {
		return p.Name == port.StrVal || port.Type == intstr.Int && p.ContainerPort == port.IntVal
	})
}

func all[T runtime.Object](objects []runtime.Object) []T {
	var these []T
	for _, object := range objects {
		if this, ok := object.(T); ok {
			these = append(these, this)
		}
	}
	return these
}

// name is such as Deployment shop-makegood-api.
func name(object runtime.Object) string {
	about, err := meta.Accessor(object)
	if err != nil {
		return fmt.Sprintf("%T", object)
	}
	return object.GetObjectKind().GroupVersionKind().Kind + " " + about.GetName()
}
