package chart_test

import (
	"strings"
	"testing"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/stretchr/testify/require"
	"helm.sh/helm/v4/pkg/chart/common"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// A check that finds nothing is one that finds each of these.
func TestMistakesAreFound(t *testing.T) {
	yes, no := true, false
	zero := intstr.FromInt32(0)
	tests := []struct {
		name, want string
		make       func(runtime.Object)
	}{
		{"runs as root", "may run as root", pod(func(p *corev1.PodSpec, _ *corev1.Container) { p.SecurityContext.RunAsNonRoot = nil })},
		{"any system call", "seccomp profile is not the default", pod(func(p *corev1.PodSpec, _ *corev1.Container) { p.SecurityContext.SeccompProfile = nil })},
		{"no context", "no security context", pod(func(p *corev1.PodSpec, _ *corev1.Container) { p.SecurityContext = nil })},
		{"privileges", "may gain privileges", pod(func(_ *corev1.PodSpec, c *corev1.Container) { c.SecurityContext.AllowPrivilegeEscalation = nil })},
		{"a writable root", "may write to its image", pod(func(_ *corev1.PodSpec, c *corev1.Container) { c.SecurityContext.ReadOnlyRootFilesystem = nil })},
		{"a capability", "keeps capabilities", pod(func(_ *corev1.PodSpec, c *corev1.Container) {
			c.SecurityContext.Capabilities.Add = []corev1.Capability{"NET_RAW"}
		})},
		{"the node's network", "shares a namespace of the node", pod(func(p *corev1.PodSpec, _ *corev1.Container) { p.HostNetwork = true })},
		{"a token", "has a token of the API server", pod(func(p *corev1.PodSpec, _ *corev1.Container) { p.AutomountServiceAccountToken = &yes })},
		{"links", "is given variables of Services", pod(func(p *corev1.PodSpec, _ *corev1.Container) { p.EnableServiceLinks = nil })},
		{"a variable twice", "TEMPORAL_ADDRESS is set twice", env(corev1.EnvVar{Name: "TEMPORAL_ADDRESS", Value: "a:1"})},
		{"a misspelt variable", "reads EVENT_TRANSPROT", env(corev1.EnvVar{Name: "EVENT_TRANSPROT", Value: "redis"})},
		{"a variable that Temporal's library hasn't", "reads TEMPORAL_HOST", env(corev1.EnvVar{Name: "TEMPORAL_HOST", Value: "a:1"})},
		{"a secret in plain", "TEMPORAL_API_KEY is secret", env(corev1.EnvVar{Name: "TEMPORAL_API_KEY", Value: "key"})},
		{"a password in an address", "STRIPE_URL holds a password", env(corev1.EnvVar{Name: "STRIPE_URL", Value: "http://me:pw@stripe"})},
		{"an empty variable", "LOG_FORMAT has no value", env(corev1.EnvVar{Name: "LOG_FORMAT"})},
		{"a secret that need not be there", "is optional", env(corev1.EnvVar{Name: "SMTP_URL", ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{Optional: &yes}}})},
		{"a whole Secret", "takes whatever", pod(func(_ *corev1.PodSpec, c *corev1.Container) { c.EnvFrom = []corev1.EnvFromSource{{}} })},
		{"a file that isn't mounted", "where nothing is mounted", env(corev1.EnvVar{Name: "MAIL_TEMPLATES", Value: "/mails"})},
		{"a mount of nothing", "is no volume", pod(func(_ *corev1.PodSpec, c *corev1.Container) { c.VolumeMounts = []corev1.VolumeMount{{Name: "data"}} })},
		{"a folder of the node's", "is neither a Secret nor a ConfigMap", pod(func(p *corev1.PodSpec, _ *corev1.Container) {
			p.Volumes = append(p.Volumes, corev1.Volume{Name: "x", VolumeSource: corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/"}}})
		})},
		{"no CPU", "asks for no CPU", pod(func(_ *corev1.PodSpec, c *corev1.Container) { delete(c.Resources.Requests, corev1.ResourceCPU) })},
		{"no limit", "no limit of memory", pod(func(_ *corev1.PodSpec, c *corev1.Container) { c.Resources.Limits = nil })},
		{"memory that Go knows nothing of", "GOMEMLIMIT", pod(func(_ *corev1.PodSpec, c *corev1.Container) { c.Env = c.Env[:len(c.Env)-1] })},
		{"the latest image", "no image that says its version", pod(func(_ *corev1.PodSpec, c *corev1.Container) { c.Image = "registry:5000/makegood:latest" })},
		{"an image without a tag", "no image that says its version", pod(func(_ *corev1.PodSpec, c *corev1.Container) { c.Image = "registry:5000/makegood" })},
		{"no liveness probe", "no liveness probe", pod(func(_ *corev1.PodSpec, c *corev1.Container) { c.LivenessProbe = nil })},
		{"no startup probe", "no startup probe", pod(func(_ *corev1.PodSpec, c *corev1.Container) { c.StartupProbe = nil })},
		{"a wrong path", "readiness probe asks for /ready", pod(func(_ *corev1.PodSpec, c *corev1.Container) { c.ReadinessProbe.HTTPGet.Path = "/ready" })},
		{"a wrong port", "liveness probe asks a port", pod(func(_ *corev1.PodSpec, c *corev1.Container) { c.LivenessProbe.HTTPGet.Port = intstr.FromInt32(80) })},
		{"no patience", "readiness probe doesn't wait", pod(func(_ *corev1.PodSpec, c *corev1.Container) { c.ReadinessProbe.TimeoutSeconds = 1 })},
		{"no time to end", "is killed before", pod(func(p *corev1.PodSpec, _ *corev1.Container) { *p.TerminationGracePeriodSeconds = 30 })},
		{"a gateway that ends at once", "requests come while it ends", pod(func(_ *corev1.PodSpec, c *corev1.Container) { c.Lifecycle = nil })},
		{"a missing account", "its ServiceAccount isn't there", pod(func(p *corev1.PodSpec, _ *corev1.Container) { p.ServiceAccountName = "default" })},
		{"not spread", "isn't spread", pod(func(p *corev1.PodSpec, _ *corev1.Container) { p.TopologySpreadConstraints = nil })},
		{"spread among others", "pods that aren't its own", pod(func(p *corev1.PodSpec, _ *corev1.Container) {
			p.TopologySpreadConstraints[0].LabelSelector.MatchLabels["app.kubernetes.io/component"] = "x"
		})},
		{"other pods selected", "selector doesn't select its pods", in(func(d *appsv1.Deployment) { d.Spec.Selector.MatchLabels["app.kubernetes.io/component"] = "x" })},
		{"all pods selected", "selects the pods of shop-makegood-", in(func(d *appsv1.Deployment) { delete(d.Spec.Selector.MatchLabels, "app.kubernetes.io/component") })},
		{"replicas against the autoscaler", "a number of replicas against it", in(func(d *appsv1.Deployment) {
			if d.Spec.Replicas == nil {
				d.Spec.Replicas = new(int32)
			}
		})},
		{"fewer pods in a roll", "fewer pods while it rolls", in(func(d *appsv1.Deployment) { d.Spec.Strategy.RollingUpdate.MaxUnavailable = nil })},
		{"a label that none may be", "a valid label must be", in(func(d *appsv1.Deployment) { d.Spec.Template.Labels["app.kubernetes.io/version"] = "1@sha256" })},
		{"a name that none may be", "must consist of lower case", in(func(d *appsv1.Deployment) { d.Name = "Shop_api" })},
		{"a Job as root", "Job shop-makegood-replay: may run as root", in(func(j *batchv1.Job) { j.Spec.Template.Spec.SecurityContext.RunAsNonRoot = &no })},
		{"an autoscaler of nothing", "there is no Deployment x", in(func(h *autoscalingv2.HorizontalPodAutoscaler) { h.Spec.ScaleTargetRef.Name = "x" })},
		{"an autoscaler that can't", "can't scale", in(func(h *autoscalingv2.HorizontalPodAutoscaler) { h.Spec.MaxReplicas = 1 })},
		{"an autoscaler without a metric", "has nothing to go by", in(func(h *autoscalingv2.HorizontalPodAutoscaler) { h.Spec.Metrics = nil })},
		{"a budget for nobody", "selects the pods of 0 Deployments", in(func(b *policyv1.PodDisruptionBudget) {
			b.Spec.Selector.MatchLabels["app.kubernetes.io/component"] = "x"
		})},
		{"a budget for all", "selects the pods of 3 Deployments", in(func(b *policyv1.PodDisruptionBudget) {
			delete(b.Spec.Selector.MatchLabels, "app.kubernetes.io/component")
		})},
		{"a budget that holds a node for ever", "not one disruption budget", in(func(b *policyv1.PodDisruptionBudget) { b.Spec.MaxUnavailable = &zero })},
		{"a Service for all pods", "sends requests to a worker", in(func(s *corev1.Service) { delete(s.Spec.Selector, "app.kubernetes.io/component") })},
		{"a Service for none", "selects the pods of 0 Deployments", in(func(s *corev1.Service) { s.Spec.Selector["app.kubernetes.io/component"] = "x" })},
		{"a Service's wrong port", "sends requests to port web", in(func(s *corev1.Service) { s.Spec.Ports[0].TargetPort = intstr.FromString("web") })},
		{"an Ingress to nowhere", "there is no Service", in(func(i *networkingv1.Ingress) { i.Spec.Rules[0].HTTP.Paths[0].Backend.Service.Port.Name = "web" })},
		{"an Ingress to everything", "shows /metrics to the world", in(func(i *networkingv1.Ingress) { i.Spec.Rules[0].HTTP.Paths[0].Path = "/" })},
		{"a policy for some", "selects the pods of 1 Deployments", in(func(p *networkingv1.NetworkPolicy) {
			p.Spec.PodSelector.MatchLabels["app.kubernetes.io/component"] = "api"
		})},
		{"a monitor for none", "selects the pods of 0 Deployments", in(func(p *monitoring.PodMonitor) { p.Spec.Selector.MatchLabels["app.kubernetes.io/name"] = "x" })},
		{"a job of another name", "in another job than the alerts ask for", in(func(p *monitoring.PodMonitor) { p.Spec.JobLabel = "" })},
		{"an account's token", "ServiceAccount shop-makegood: has a token", in(func(a *corev1.ServiceAccount) { a.AutomountServiceAccountToken = nil })},
	}
	everything, err := common.ReadValuesFile(folder + "/ci/everything-values.yaml")
	require.NoError(t, err)
	known := reads(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			objects := decoded(t, everything)
			for _, object := range objects {
				test.make(object)
			}
			require.Contains(t, strings.Join(mistakes(objects, known), "\n"), test.want)
		})
	}
	t.Run("a kind that nobody looks at", func(t *testing.T) {
		require.Contains(t, strings.Join(mistakes([]runtime.Object{&corev1.Secret{}}, known), "\n"), "of a kind that nothing checks")
	})
}

// in is a mistake in each object of one kind.
func in[T runtime.Object](mistake func(T)) func(runtime.Object) {
	return func(object runtime.Object) {
		if object, ok := object.(T); ok {
			mistake(object)
		}
	}
}

// pod is a mistake in a Deployment's pods.
func pod(mistake func(*corev1.PodSpec, *corev1.Container)) func(runtime.Object) {
	return in(func(d *appsv1.Deployment) {
		p := &d.Spec.Template.Spec
		mistake(p, &p.Containers[0])
	})
}

func env(variable corev1.EnvVar) func(runtime.Object) {
	return pod(func(_ *corev1.PodSpec, c *corev1.Container) { c.Env = append([]corev1.EnvVar{variable}, c.Env...) })
}
