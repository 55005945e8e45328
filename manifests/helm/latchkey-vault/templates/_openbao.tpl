{{/*
Templates of the OpenBao chart 0.29.2 that this chart replaces; helm prefers those of the parent chart. They see the
values below `vault` and `global` only. Therefore all names come from the release, and all settings from files.
*/}}

{{- define "openbao.fullname" -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* The dev mode has no certificate. */}}
{{- define "openbao.scheme" -}}
{{- if or .Values.global.tlsDisable .Values.server.dev.enabled -}}http{{- else -}}https{{- end -}}
{{- end -}}

{{/*
The first replica initialises the vault, unless another one answers that it belongs to a vault already: then it joins. So a
lost volume makes no second vault while another replica answers.
*/}}
{{- define "openbao.args" }}
          - |
            at=/openbao/latchkey
          {{- if .Values.server.dev.enabled }}
            exec /usr/local/bin/docker-entrypoint.sh bao server -dev -dev-no-store-token -config="$at/initialize.json" {{ .Values.server.extraArgs }}
          {{- else }}
            first() {
              case "$HOSTNAME" in *-0) ;; *) return 1 ;; esac
              for peer in {{ if .Values.server.ha.enabled }}{{ range $i := until (int .Values.server.ha.replicas) }}{{ if $i }}{{ include "openbao.fullname" $ }}-{{ $i }} {{ end }}{{ end }}{{ end }}; do
                BAO_CLIENT_TIMEOUT=3s BAO_MAX_RETRIES=0 BAO_CACERT="$at/ca.crt" \
                  BAO_TLS_SERVER_NAME={{ include "openbao.fullname" . }} bao status -format=json \
                  -address="{{ include "openbao.scheme" . }}://$peer.{{ include "openbao.fullname" . }}-internal:8200" 2>/dev/null |
                  grep -q '"initialized": true' && return 1
              done
              return 0
            }
            if first; then set -- "$at/first.hcl" "$at/initialize.json"; else set -- "$at/join.hcl"; fi
            exec /usr/local/bin/docker-entrypoint.sh bao server -config="$at/server.hcl" -config="$1" ${2:+-config="$2"} {{ .Values.server.extraArgs }}
          {{- end }}
{{- end -}}

{{- define "openbao.volumes" }}
        - name: latchkey
          projected:
            defaultMode: 0440
            sources:
              - configMap: { name: {{ .Release.Name }}-server }
              {{- range $secret := list "tls" "unseal" "role" "admin" }}
              - secret: { name: {{ $.Release.Name }}-{{ $secret }}, optional: true }
              {{- end }}
        - name: tmp
          emptyDir: {}
  {{- range .Values.server.extraVolumes }}
        - name: userconfig-{{ .name }}
          {{ .type }}:
            {{ if eq .type "secret" }}secretName{{ else }}name{{ end }}: {{ .name }}
            defaultMode: {{ .defaultMode | default 420 }}
  {{- end }}
  {{- with .Values.server.volumes }}
    {{- toYaml . | nindent 8 }}
  {{- end }}
{{- end -}}

{{- define "openbao.mounts" }}
            - name: latchkey
              mountPath: /openbao/latchkey
              readOnly: true
            - name: tmp
              mountPath: /tmp
  {{- if .Values.server.auditStorage.enabled }}
            - name: audit
              mountPath: {{ .Values.server.auditStorage.mountPath }}
  {{- end }}
  {{- if and (not .Values.server.dev.enabled) .Values.server.dataStorage.enabled }}
            - name: data
              mountPath: {{ .Values.server.dataStorage.mountPath }}
  {{- end }}
  {{- range .Values.server.extraVolumes }}
            - name: userconfig-{{ .name }}
              readOnly: true
              mountPath: {{ .path | default "/openbao/userconfig" }}/{{ .name }}
  {{- end }}
  {{- with .Values.server.volumeMounts }}
    {{- toYaml . | nindent 12 }}
  {{- end }}
{{- end -}}
