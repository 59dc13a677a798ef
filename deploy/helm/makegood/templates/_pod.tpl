{{/* What every pod's spec has in common: it needs nothing of the node or of the API server. */}}
{{- define "makegood.pod" -}}
serviceAccountName: {{ include "makegood.name" . }}
automountServiceAccountToken: false
enableServiceLinks: false # a Service's variables are not settings
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . | quote }}
  {{- end }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  seccompProfile: {type: RuntimeDefault}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with include "makegood.volumes" . | trim }}
volumes:
  {{- . | nindent 2 }}
{{- end }}
{{- end }}

{{/* What every container has in common ({root, role, tag, resources}). */}}
{{- define "makegood.container" -}}
name: makegood
image: {{ printf "%s:%s" .root.Values.image.repository .tag | quote }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
env:
  {{- include "makegood.env" . | trim | nindent 2 }}
  # The collector works harder from here on, before the kernel kills: nine
  # tenths of the limit (docs/adr/0024).
  - name: GOMEMLIMIT
    value: {{ printf "%dMiB" (div (mul (trimSuffix "Mi" .resources.limits.memory | int) 9) 10) }}
resources:
  {{- toYaml .resources | nindent 2 }}
{{- with include "makegood.mounts" .root | trim }}
volumeMounts:
  {{- . | nindent 2 }}
{{- end }}
{{- end }}
