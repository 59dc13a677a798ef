{{/*
The environment of a role ({root, role}). A secret setting goes to those alone
that need it; `makegood serve` is all of them.
*/}}
{{- define "makegood.env" -}}
{{- $role := .role -}}
{{- $values := .root.Values -}}
{{- $needs := dict "STRIPE_API_KEY" "worker" "CARRIER_URL" "worker" "SMTP_URL" "notifier" "WEBHOOK_SECRETS" "notifier" -}}
{{- range $name, $value := $values.settings }}
{{- if hasKey $values.secrets $name }}
{{- fail (printf "%s stands in settings and in secrets: leave it out of one" $name) }}
{{- end }}
{{- if or (ne $role "replay") (hasPrefix "TEMPORAL_" $name) }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}
{{- range $name, $ref := $values.secrets }}
{{- $wanted := or (eq $role "serve") (eq $role (get $needs $name | default $role)) }}
{{- if eq $role "replay" }}{{ $wanted = hasPrefix "TEMPORAL_" $name }}{{ end }}
{{- if and (eq $name "AMQP_URL") (eq (get $values.settings "EVENT_TRANSPORT") "redis") }}{{ $wanted = false }}{{ end }}
{{- if $wanted }}
- name: {{ $name }}
  valueFrom:
    secretKeyRef:
      name: {{ $ref.name | quote }}
      key: {{ $ref.key | quote }}
{{- end }}
{{- end }}
{{- if ne $role "replay" }}
- name: HTTP_ADDR
  value: ":8080"
{{- if $values.files.mailTemplates }}
- name: MAIL_TEMPLATES
  value: /etc/makegood/mail
{{- end }}
{{- end }}
{{- if $values.files.temporalCertificate }}
- name: TEMPORAL_TLS_CLIENT_CERT_PATH
  value: /etc/makegood/temporal/tls.crt
- name: TEMPORAL_TLS_CLIENT_KEY_PATH
  value: /etc/makegood/temporal/tls.key
{{- end }}
{{- if $values.files.trustedCertificates }}
- name: SSL_CERT_DIR # beside the image's own, which are one file
  value: /etc/makegood/trusted
{{- end }}
{{- end }}

{{- define "makegood.mounts" -}}
{{- with .Values.files.temporalCertificate }}
- {name: temporal, mountPath: /etc/makegood/temporal, readOnly: true}
{{- end }}
{{- with .Values.files.trustedCertificates }}
- {name: trusted, mountPath: /etc/makegood/trusted, readOnly: true}
{{- end }}
{{- with .Values.files.mailTemplates }}
- {name: mail, mountPath: /etc/makegood/mail, readOnly: true}
{{- end }}
{{- end }}

{{- define "makegood.volumes" -}}
{{- with .Values.files.temporalCertificate }}
- name: temporal
  secret: {secretName: {{ . | quote }}}
{{- end }}
{{- with .Values.files.trustedCertificates }}
- name: trusted
  configMap: {name: {{ . | quote }}}
{{- end }}
{{- with .Values.files.mailTemplates }}
- name: mail
  configMap: {name: {{ . | quote }}}
{{- end }}
{{- end }}
