{{/* The release's name, with the chart's unless that is in it. */}}
{{- define "makegood.name" -}}
{{- $name := .Release.Name -}}
{{- if not (contains .Chart.Name $name) }}{{ $name = printf "%s-%s" $name .Chart.Name }}{{ end -}}
{{- $name | trunc 30 | trimSuffix "-" -}}
{{- end }}

{{/* What never changes of an object's labels: what selects it. */}}
{{- define "makegood.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "makegood.labels" -}}
{{ include "makegood.selector" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "makegood.tag" -}}
{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{/*
Every Deployment as a list of {name, role, tag}: what it is called in this
release, the command that it runs, and the image's tag.
*/}}
{{- define "makegood.deployments" -}}
{{- $tag := include "makegood.tag" . -}}
{{- if eq .Values.shape "together" }}
- {name: serve, role: serve, tag: {{ $tag | quote }}}
{{- else }}
- {name: api, role: api, tag: {{ $tag | quote }}}
- {name: notifier, role: notifier, tag: {{ $tag | quote }}}
{{- if not .Values.worker.versions }}
- {name: worker, role: worker, tag: {{ $tag | quote }}}
{{- end }}
{{- end }}
{{- $slugs := dict }}
{{- range .Values.worker.versions }}
{{- $slug := include "makegood.slug" . }}
{{- if hasKey $slugs $slug }}
{{- fail (printf "worker.versions: %s and %s would both be called worker-%s" (get $slugs $slug) . $slug) }}
{{- end }}
{{- $_ := set $slugs $slug . }}
- {name: worker-{{ $slug }}, role: worker, tag: {{ . | quote }}}
{{- end }}
{{- end }}

{{/* A tag, without its digest, as a part of a name. */}}
{{- define "makegood.slug" -}}
{{- splitList "@" . | first | lower | replace "." "-" | replace "_" "-" | trunc 24 | trimSuffix "-" -}}
{{- end }}
