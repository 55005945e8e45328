{{- define "latchkey-vault.labels" -}}
app.kubernetes.io/name: latchkey-vault
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}

{{- define "latchkey-vault.dev" -}}{{ if .Values.vault.server.dev.enabled }}yes{{ end }}{{- end -}}
{{- define "latchkey-vault.tls" -}}{{ if not (or .Values.global.tlsDisable .Values.vault.server.dev.enabled) }}yes{{ end }}{{- end -}}
{{- define "latchkey-vault.scheme" -}}{{ if include "latchkey-vault.tls" . }}https{{ else }}http{{ end }}{{- end -}}
{{- define "latchkey-vault.internalUrl" -}}
{{ include "latchkey-vault.scheme" . }}://{{ .Release.Name }}.{{ .Release.Namespace }}.svc.cluster.local:{{ .Values.vault.server.service.port }}
{{- end -}}

{{/* The hosts of the certificate, the Service's own name first. */}}
{{- define "latchkey-vault.hosts" -}}
{{- $hosts := list -}}
{{- range $service := list "" "-active" "-standby" "-internal" -}}
{{- range $zone := list "" (printf ".%s" $.Release.Namespace) (printf ".%s.svc" $.Release.Namespace) (printf ".%s.svc.cluster.local" $.Release.Namespace) -}}
{{- $host := printf "%s%s%s" $.Release.Name $service $zone -}}
{{- $hosts = append $hosts $host -}}
{{- if and $zone (eq $service "-internal") -}}{{- $hosts = append $hosts (printf "*.%s" $host) -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- concat $hosts (list "localhost" "127.0.0.1") .Values.tls.hosts | join "," -}}
{{- end -}}

{{/* What Pod Security `restricted` demands of our own pods. */}}
{{- define "latchkey-vault.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
seccompProfile: { type: RuntimeDefault }
{{- end -}}
{{- define "latchkey-vault.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end -}}

{{/* Before an install and an upgrade; what a hook made is deleted after it has succeeded, and before its next run. */}}
{{- define "latchkey-vault.hook" -}}
helm.sh/hook: pre-install,pre-upgrade
helm.sh/hook-weight: {{ . | quote }}
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end -}}
