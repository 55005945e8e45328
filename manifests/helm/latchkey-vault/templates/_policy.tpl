{{/* One rule of a policy, as `latchkey vault setup` writes it: (list PATH CAPABILITY…). */}}
{{- define "latchkey-vault.rule" -}}
path {{ first . | quote }} { capabilities = {{ rest . | toJson }} }
{{ end -}}

{{/*
The rights of Latchkey: the text that `latchkey vault setup` writes, so that a later set-up finds nothing to change. A
test compares both.
*/}}
{{- define "latchkey-vault.policy" -}}
{{- $m := .Values.management -}}
{{- $rights := $m.rights -}}
{{- $id := "auth/latchkey-approle/role/latchkey/secret-id" -}}
# What Latchkey may do here. Beware: a writer of policies and users can get every right of this namespace.
{{ include "latchkey-vault.rule" (list "sys/mounts" "read") -}}
{{ include "latchkey-vault.rule" (list "sys/capabilities-self" "update") -}}
{{ include "latchkey-vault.rule" (list "auth/latchkey-users/users" "list") -}}
{{ include "latchkey-vault.rule" (list "auth/latchkey-users/users/latchkey-*" "create" "update" "read" "delete") -}}
{{ include "latchkey-vault.rule" (list "sys/policies/acl/latchkey-*" "create" "update" "read" "delete") -}}
{{ range $m.kvMounts }}{{ include "latchkey-vault.rule" (list (printf "%s/metadata/*" .) "read" "list") }}{{ end -}}
{{ range $m.transitMounts }}{{ include "latchkey-vault.rule" (list (printf "%s/keys" .) "list") }}{{ end -}}
{{ if has "list-policies" $rights -}}
# list-policies: finds and removes leftover policies
{{ include "latchkey-vault.rule" (list "sys/policies/acl" "list") -}}
{{ end -}}
{{ if has "revoke-tokens" $rights -}}
# revoke-tokens: ends the tokens and their leases, not only their rights
{{ include "latchkey-vault.rule" (list "auth/token/revoke-accessor" "update") -}}
{{ end -}}
{{ if and (has "bulk-owner-tags" $rights) $m.kvMounts -}}
# bulk-owner-tags: reads the owner tags of a whole folder in one call (OpenBao only)
{{ range $m.kvMounts }}{{ include "latchkey-vault.rule" (list (printf "%s/detailed-metadata/*" .) "list") }}{{ end -}}
{{ end -}}
{{ if and (has "key-types" $rights) $m.transitMounts -}}
# key-types: offers for a Transit key only what its type can do
{{ range $m.transitMounts }}{{ include "latchkey-vault.rule" (list (printf "%s/keys/*" .) "read") }}{{ end -}}
{{ end -}}
{{ if has "rotate-credentials" $rights -}}
# rotate-credentials: renews its own secret_id (latchkey vault rotate, or rotateEvery)
{{ include "latchkey-vault.rule" (list $id "create" "update") -}}
{{ include "latchkey-vault.rule" (list (printf "%s/destroy" $id) "create" "update") -}}
{{ end -}}
{{ if or (has "rotate-credentials" $rights) (has "sweep-credentials" $rights) -}}
# sweep-credentials: destroys a secret_id that a killed renewal left (included in rotate-credentials)
{{ include "latchkey-vault.rule" (list (printf "%s/" $id) "list") -}}
{{ include "latchkey-vault.rule" (list (printf "%s-accessor/lookup" $id) "create" "update") -}}
{{ include "latchkey-vault.rule" (list (printf "%s-accessor/destroy" $id) "create" "update") -}}
{{ end -}}
{{ if has "workloads" $rights -}}
# workloads: gives access to jobs, service accounts and pipelines (workloads)
{{ $mounts := concat (list "latchkey-workloads") $m.workloadLogins -}}
{{ range $mounts }}{{ include "latchkey-vault.rule" (list (printf "auth/%s/role/latchkey-*" .) "create" "update" "read" "delete") }}{{ end -}}
{{ if has "list-policies" $rights }}{{ range $mounts }}{{ include "latchkey-vault.rule" (list (printf "auth/%s/role" .) "list") }}{{ end }}{{ end -}}
{{ end -}}
{{ if has "control-groups" $rights -}}
# control-groups: asks the members of the vault’s control groups, and denies for them (controlGroups)
{{ include "latchkey-vault.rule" (list "sys/control-group/request" "update") -}}
{{ include "latchkey-vault.rule" (list "auth/token/lookup-accessor" "update") -}}
{{ if not (has "revoke-tokens" $rights) }}{{ include "latchkey-vault.rule" (list "auth/token/revoke-accessor" "update") }}{{ end -}}
{{ end -}}
{{- end -}}
