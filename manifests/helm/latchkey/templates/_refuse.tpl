{{/* Refuses what cannot work or would not be safe, and names the remedy. */}}
{{- define "latchkey.refuse" -}}
{{- $values := .Values -}}
{{- $config := $values.config -}}
{{- if and (gt (int $values.replicaCount) 1) (include "latchkey.onSqlite" .) -}}
{{- fail (printf "replicaCount: %v pods cannot share a SQLite database; set it to 1, or name a PostgreSQL in config.database" $values.replicaCount) -}}
{{- end -}}
{{- if include "latchkey.onSqlite" . -}}
{{- if or $values.postgres.ownerSecret $values.postgres.direct -}}
{{- fail "postgres: there is none; name it in config.database, such as postgres://latchkey@db.example.com/latchkey?sslmode=verify-full" -}}
{{- end -}}
{{- else -}}
{{- if or $values.persistence.existingClaim $values.journal.existingClaim -}}
{{- fail "existingClaim: with PostgreSQL each pod gets a claim of its own; leave it out" -}}
{{- end -}}
{{- if regexMatch "://[^/@]*:[^/@]*@" $config.database -}}
{{- fail "config.database: write no password here; the Secret has the whole address as database_url" -}}
{{- end -}}
{{- range $config.integrations -}}
{{- if and (gt (int $values.replicaCount) 1) (eq (toString (dig "vault" "credentials" "" .)) "remote") -}}
{{- fail (printf "replicaCount: a remote connector has a line to one pod, so %s needs one; set it to 1" .name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $places := dict "dataFolder" "leave it out" "listen" "leave it out" "people" "write people or existingPeopleConfigMap" "journal" "set journal.enabled" "metrics" "set metrics.enabled" -}}
{{- range $key, $remedy := $places -}}
{{- if hasKey $config $key -}}
{{- fail (printf "config.%s: the chart decides it; %s" $key $remedy) -}}
{{- end -}}
{{- end -}}
{{- if and $config.database (include "latchkey.onSqlite" .) -}}
{{- fail "config.database: the chart puts it onto the volume of persistence; leave it out" -}}
{{- end -}}
{{- if and $values.people $values.existingPeopleConfigMap -}}
{{- fail "people: write people or existingPeopleConfigMap, not both" -}}
{{- end -}}
{{- if not (or $values.people $values.existingPeopleConfigMap) -}}
{{- fail "people: nobody could ask or decide; write people, or name existingPeopleConfigMap" -}}
{{- end -}}
{{- if and $values.secrets.existingSecret $values.secrets.values -}}
{{- fail "secrets: write existingSecret or values, not both" -}}
{{- end -}}
{{- $missing := list -}}
{{- range include "latchkey.neededSecrets" . | fromJsonArray -}}
{{- if not (get $values.secrets.values .) -}}{{- $missing = append $missing . -}}{{- end -}}
{{- end -}}
{{- if and $missing (not $values.secrets.existingSecret) -}}
{{- fail (printf "secrets: this config needs %s; name a Secret with them in secrets.existingSecret, or write them into secrets.values" (join ", " $missing)) -}}
{{- end -}}
{{- if and $values.gateway.enabled (not $values.gateway.parentRefs) -}}
{{- fail "gateway.parentRefs: name the gateway, such as [{ name: public, namespace: gateways }]" -}}
{{- end -}}
{{- if and (or $values.serviceMonitor.enabled $values.prometheusRule.enabled) (not $values.metrics.enabled) -}}
{{- fail "serviceMonitor, prometheusRule: there are no metrics; set metrics.enabled" -}}
{{- end -}}
{{- end -}}

{{/* The secrets that the configuration needs, as a JSON list. */}}
{{- define "latchkey.neededSecrets" -}}
{{- $config := .Values.config -}}
{{- $needed := list -}}
{{- if not (include "latchkey.onSqlite" .) -}}
{{- $needed = append $needed "database_url" -}}
{{- if .Values.postgres.direct -}}{{- $needed = append $needed "database_direct_url" -}}{{- end -}}
{{- end -}}
{{- if $config.slack -}}
{{- $needed = concat $needed (list "slack_bot_token" (ternary "slack_signing_secret" "slack_app_token" (eq (dig "slack" "mode" "socket" $config) "http"))) -}}
{{- end -}}
{{- if $config.teams -}}
{{- $needed = append $needed (printf "teams_app_%s" (dig "teams" "credential" "secret" $config)) -}}
{{- end -}}
{{- if $config.signIn -}}{{- $needed = append $needed "oidc_client_secret" -}}{{- end -}}
{{- if or (dig "audit" "webhook" "" $config) (hasPrefix "http" (toString (dig "audit" "headTo" "" $config))) -}}
{{- $needed = append $needed "audit_webhook_secret" -}}
{{- end -}}
{{- if $config.events -}}{{- $needed = append $needed "events_webhook_secret" -}}{{- end -}}
{{- toJson $needed -}}
{{- end -}}
