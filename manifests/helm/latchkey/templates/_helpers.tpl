{{- define "latchkey.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "latchkey.selector" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride | trunc 63 }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "latchkey.labels" -}}
{{ include "latchkey.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "latchkey.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "latchkey.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "latchkey.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ default $.Chart.AppVersion .tag }}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* The Secret with the tokens; empty where none is needed. */}}
{{- define "latchkey.secretName" -}}
{{- if .Values.secrets.existingSecret -}}
{{- .Values.secrets.existingSecret -}}
{{- else if .Values.secrets.values -}}
{{- include "latchkey.fullname" . -}}
{{- end -}}
{{- end -}}

{{/* "yes" where one process at most may use the database. */}}
{{- define "latchkey.onSqlite" -}}
{{- if not (contains "://" (default "" .Values.config.database)) -}}yes{{- end -}}
{{- end -}}

{{/* The port of PostgreSQL; empty on SQLite. */}}
{{- define "latchkey.databasePort" -}}
{{- if not (include "latchkey.onSqlite" .) -}}
{{- regexFind ":[0-9]+$" (urlParse .Values.config.database).host | trimPrefix ":" | default "5432" -}}
{{- end -}}
{{- end -}}

{{/* What runs the pods. */}}
{{- define "latchkey.workload" -}}
{{- ternary "deployment" "statefulset" (eq (include "latchkey.onSqlite" .) "yes") -}}/{{ include "latchkey.fullname" . }}
{{- end -}}

{{/* The host in config.link.baseUrl. */}}
{{- define "latchkey.host" -}}
{{- $link := default dict .Values.config.link -}}
{{- regexReplaceAll ":[0-9]+$" (urlParse (default "" $link.baseUrl)).host "" -}}
{{- end -}}
