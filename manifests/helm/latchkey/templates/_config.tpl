{{/* The configuration as Latchkey reads it: yours, and what the pod's own places decide. */}}
{{- define "latchkey.config" -}}
{{- $config := deepCopy .Values.config -}}
{{- $own := dict "listen" (dict "host" "0.0.0.0" "port" 8080) "people" "/etc/latchkey/people.yaml" -}}
{{- if include "latchkey.onSqlite" . -}}
{{- /* A folder of its own: many volumes may be written to by everybody, and there no socket for operators is opened. */ -}}
{{- $_ := set $own "database" "/data/latchkey/latchkey.sqlite" -}}
{{- else -}}
{{- $_ := set $own "dataFolder" "/data/latchkey" -}}
{{- end -}}
{{- if .Values.journal.enabled -}}
{{- $_ := set $own "journal" "/journal/latchkey.names" -}}
{{- end -}}
{{- if .Values.metrics.enabled -}}
{{- $_ := set $own "metrics" (dict "listen" (printf "0.0.0.0:%v" .Values.metrics.port)) -}}
{{- end -}}
{{- range $integration := $config.integrations -}}
{{- $credentials := dig "vault" "credentials" dict $integration -}}
{{- if kindIs "map" $credentials -}}
{{- with $credentials.kubernetes -}}
{{- if not .audience -}}{{- $_ := set . "audience" $.Values.vaultToken.audience -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toYaml (mergeOverwrite $config $own) -}}
{{- end -}}

{{/* Tokens of the pod for vaults, as JSON: the name of each file → its audience. */}}
{{- define "latchkey.vaultTokens" -}}
{{- $folder := "/var/run/secrets/latchkey/vault/" -}}
{{- $tokens := dict -}}
{{- range $integration := (include "latchkey.config" . | fromYaml).integrations -}}
{{- $credentials := dig "vault" "credentials" dict $integration -}}
{{- if kindIs "map" $credentials -}}
{{- range $way := list "kubernetes" "jwt" -}}
{{- with get $credentials $way -}}
{{- $file := default (printf "%stoken" $folder) .tokenFile -}}
{{- if hasPrefix $folder $file -}}
{{- $name := trimPrefix $folder $file -}}
{{- if and (hasKey $tokens $name) (ne (get $tokens $name) .audience) -}}
{{- fail (printf "config.integrations: %s has the audience %s and %s; give each integration its own tokenFile below %s" $file (get $tokens $name) .audience $folder) -}}
{{- end -}}
{{- $_ := set $tokens $name (required (printf "config.integrations: %s needs vault.credentials.%s.audience" $integration.name $way) .audience) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $tokens -}}
{{- end -}}

{{/* Secrets that Latchkey itself reads from the API server, as JSON: a list of { namespace, name, isRotated }. */}}
{{- define "latchkey.readSecrets" -}}
{{- $read := list -}}
{{- range .Values.config.integrations -}}
{{- $rotateEvery := dig "vault" "rotateEvery" "" . -}}
{{- $credentials := dig "vault" "credentials" dict . -}}
{{- if kindIs "map" $credentials -}}
{{- with $credentials.secret -}}
{{- $read = append $read (dict "namespace" .namespace "name" .name "isRotated" (not (empty $rotateEvery))) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $read -}}
{{- end -}}

{{/* "yes" where Latchkey asks the API server. */}}
{{- define "latchkey.needsApi" -}}
{{- if ne (include "latchkey.readSecrets" .) "[]" -}}yes{{- end -}}
{{- end -}}

{{/* What the proxy lets through, as JSON: a list of { path, type }. */}}
{{- define "latchkey.paths" -}}
{{- $config := .Values.config -}}
{{- $paths := list (dict "path" "/fetch" "type" "Prefix") (dict "path" "/request" "type" "Exact") (dict "path" "/api/v1" "type" "Prefix") -}}
{{- if $config.signIn -}}
{{- $paths = concat $paths (list (dict "path" "/access" "type" "Prefix") (dict "path" "/terminal" "type" "Prefix")) -}}
{{- end -}}
{{- if eq (dig "slack" "mode" "socket" $config) "http" -}}
{{- $paths = append $paths (dict "path" "/slack/events" "type" "Exact") -}}
{{- end -}}
{{- if $config.teams -}}
{{- $paths = append $paths (dict "path" "/teams/messages" "type" "Exact") -}}
{{- end -}}
{{- range $config.integrations -}}
{{- if eq (toString (dig "vault" "credentials" "" .)) "remote" -}}
{{- $paths = append $paths (dict "path" "/connector/v1" "type" "Exact") -}}
{{- end -}}
{{- end -}}
{{- toJson (uniq $paths) -}}
{{- end -}}
