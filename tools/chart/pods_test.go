package chart_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// secretSettings never stand in an object.
var secretSettings = []string{
	"REDIS_URL", "AMQP_URL", "STRIPE_API_KEY", "SMTP_URL", "WEBHOOK_SECRETS", "TEMPORAL_API_KEY", "OTEL_EXPORTER_OTLP_HEADERS",
}

// others are the variables that makegood's libraries and Go itself read.
var others = regexp.MustCompile(`^(TEMPORAL_(ADDRESS|NAMESPACE|API_KEY|TLS|TLS_SERVER_NAME|TLS_CLIENT_CERT_PATH|TLS_CLIENT_KEY_PATH)|OTEL_[A-Z_]+|SSL_CERT_DIR|HTTPS?_PROXY|NO_PROXY|GO(MEMLIMIT|GC|MAXPROCS|DEBUG))$`)

// podMistakes says what is wrong with a pod of one container. reads lists the
// variables that a command reads itself.
func podMistakes(pod *corev1.PodSpec, reads func(command string) []string) []string {
	if len(pod.Containers) != 1 || len(pod.Containers[0].Args) == 0 {
		return []string{"not one container that is given a command"}
	}
	c := &pod.Containers[0]
	return slices.Concat(isolation(pod, c), environment(c, reads(c.Args[0])), room(c), mounts(pod, c))
}

func isolation(pod *corev1.PodSpec, c *corev1.Container) []string {
	all := pod.SecurityContext
	own := c.SecurityContext
	if all == nil || own == nil || own.Capabilities == nil {
		return []string{"no security context"}
	}
	return found(map[string]bool{
		"may run as root":                    !is(all.RunAsNonRoot, true) || all.RunAsUser == nil || *all.RunAsUser == 0,
		"seccomp profile is not the default": all.SeccompProfile == nil || all.SeccompProfile.Type != corev1.SeccompProfileTypeRuntimeDefault,
		"may gain privileges":                !is(own.AllowPrivilegeEscalation, false) || is(own.Privileged, true),
		"may write to its image":             !is(own.ReadOnlyRootFilesystem, true),
		"keeps capabilities":                 !slices.Equal(own.Capabilities.Drop, []corev1.Capability{"ALL"}) || len(own.Capabilities.Add) > 0,
		"shares a namespace of the node":     pod.HostNetwork || pod.HostPID || pod.HostIPC,
		"has a token of the API server":      !is(pod.AutomountServiceAccountToken, false),
		"is given variables of Services":     !is(pod.EnableServiceLinks, false),
	})
}

func environment(c *corev1.Container, reads []string) []string {
	var wrong []string
	seen := map[string]bool{}
	for _, variable := range c.Env {
		wrong = append(wrong, found(map[string]bool{
			variable.Name + " is set twice":                                   seen[variable.Name],
			"no " + c.Args[0] + " reads " + variable.Name:                     !slices.Contains(reads, variable.Name) && !others.MatchString(variable.Name),
			variable.Name + " is secret and not taken from a Secret":          slices.Contains(secretSettings, variable.Name) && (variable.ValueFrom == nil || variable.ValueFrom.SecretKeyRef == nil),
			variable.Name + " holds a password":                               regexp.MustCompile(`://[^/]*:[^/]*@`).MatchString(variable.Value),
			variable.Name + " has no value":                                   variable.Value == "" && variable.ValueFrom == nil,
			variable.Name + " is optional, so that its want shows only later": variable.ValueFrom != nil && variable.ValueFrom.SecretKeyRef != nil && is(variable.ValueFrom.SecretKeyRef.Optional, true),
		})...)
		seen[variable.Name] = true
	}
	if len(c.EnvFrom) > 0 {
		wrong = append(wrong, "takes whatever a Secret or ConfigMap holds")
	}
	return wrong
}

func room(c *corev1.Container) []string {
	limit := c.Resources.Limits.Memory().Value()
	var soft resource.Quantity
	for _, variable := range c.Env {
		if variable.Name == "GOMEMLIMIT" {
			soft, _ = resource.ParseQuantity(strings.TrimSuffix(variable.Value, "B")) // zero is a mistake too
		}
	}
	return found(map[string]bool{
		"asks for no CPU":    c.Resources.Requests.Cpu().IsZero(),
		"asks for no memory": c.Resources.Requests.Memory().IsZero(),
		"no limit of memory": limit == 0,
		"GOMEMLIMIT is not some nine tenths of the limit": soft.Value() < limit*8/10 || soft.Value() > limit*9/10,
		"no image that says its version":                  !regexp.MustCompile(`:[^/:]+$`).MatchString(c.Image) || strings.HasSuffix(c.Image, ":latest"),
	})
}

// mounts holds what the environment names under /etc/makegood against what is
// mounted there.
func mounts(pod *corev1.PodSpec, c *corev1.Container) []string {
	var wrong []string
	for _, volume := range pod.Volumes {
		if volume.Secret == nil && volume.ConfigMap == nil {
			wrong = append(wrong, "volume "+volume.Name+" is neither a Secret nor a ConfigMap")
		}
	}
	var paths []string
	for _, mount := range c.VolumeMounts {
		paths = append(paths, mount.MountPath)
		if !slices.ContainsFunc(pod.Volumes, func(v corev1.Volume) bool { return v.Name == mount.Name }) {
			wrong = append(wrong, "mounts "+mount.Name+", which is no volume")
		}
	}
	for _, variable := range c.Env {
		if strings.HasPrefix(variable.Value, "/") && !slices.ContainsFunc(paths, func(path string) bool {
			return variable.Value == path || strings.HasPrefix(variable.Value, path+"/")
		}) {
			wrong = append(wrong, fmt.Sprintf("%s is %s, where nothing is mounted", variable.Name, variable.Value))
		}
	}
	return wrong
}

// found lists, in order, what is so.
func found(mistakes map[string]bool) []string {
	var names []string
	for name, so := range mistakes {
		if so {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func is[T comparable](pointer *T, value T) bool { return pointer != nil && *pointer == value }
