{{/* One request of the first start: (list NAME PATH DATA). */}}
{{- define "latchkey-vault.request" -}}
{{- dict (index . 0) (dict "operation" "update" "path" (index . 1) "data" (index . 2)) | toJson -}}
{{- end -}}

{{/* A value that the server reads from a file, so that it is in no configuration and no environment. */}}
{{- define "latchkey-vault.fromFile" -}}
{{- dict "eval_source" "file" "eval_type" "string" "path" (printf "/openbao/latchkey/%s" .) | toJson -}}
{{- end -}}

{{/*
What the server does once, at its first start: what `latchkey vault setup` makes, and the ways in for Kubernetes,
snapshots and a human administrator. The root token is revoked afterwards.
*/}}
{{- define "latchkey-vault.initialize" -}}
{{- $m := .Values.management -}}
{{- $engines := list -}}
{{- range $i, $path := $m.kvMounts -}}
{{- $engines = append $engines (list (printf "kv-%d" $i) (printf "sys/mounts/%s" $path) (dict "type" "kv" "options" (dict "version" "2"))) -}}
{{- end -}}
{{- range $i, $path := $m.transitMounts -}}
{{- $engines = append $engines (list (printf "transit-%d" $i) (printf "sys/mounts/%s" $path) (dict "type" "transit")) -}}
{{- end -}}
{{- $unlocked := dict "user_lockout_config" (dict "lockout_disable" true) -}}
{{- $token := dict "token_policies" (list "latchkey_management") "token_type" "service" "token_ttl" (int $m.tokenTtl) "token_max_ttl" (int $m.tokenMaxTtl) "token_bound_cidrs" $m.cidrs -}}
{{- $latchkey := list
  (list "approle" "sys/auth/latchkey-approle" (dict "type" "approle" "description" "how Latchkey logs in"))
  (list "approle-lockout" "sys/auth/latchkey-approle/tune" $unlocked)
  (list "users" "sys/auth/latchkey-users" (dict "type" "userpass" "description" "users of the people with access"))
  (list "users-lockout" "sys/auth/latchkey-users/tune" $unlocked)
  (list "users-longest" "sys/auth/latchkey-users/tune" (dict "max_lease_ttl" (printf "%ds" (int $m.longest))))
  (list "policy" "sys/policies/acl/latchkey_management" (dict "policy" (include "latchkey-vault.policy" .)))
  (list "role" "auth/latchkey-approle/role/latchkey" (merge (dict "secret_id_ttl" 0 "secret_id_num_uses" 0 "secret_id_bound_cidrs" $m.cidrs) $token))
  (list "role-id" "auth/latchkey-approle/role/latchkey/role-id" (dict "role_id" (include "latchkey-vault.fromFile" "role_id" | fromJson)))
  (list "secret-id" "auth/latchkey-approle/role/latchkey/custom-secret-id" (dict "secret_id" (include "latchkey-vault.fromFile" "secret_id" | fromJson)))
-}}
{{- if has "workloads" $m.rights -}}
{{- $latchkey = concat $latchkey (list
  (list "workloads" "sys/auth/latchkey-workloads" (dict "type" "approle" "description" "how jobs and services with access log in"))
  (list "workloads-lockout" "sys/auth/latchkey-workloads/tune" $unlocked)
  (list "workloads-longest" "sys/auth/latchkey-workloads/tune" (dict "max_lease_ttl" (printf "%ds" (int $m.longest))))) -}}
{{- end -}}
{{- $bound := dict "bound_service_account_namespaces" (list .Release.Namespace) "token_type" "service" -}}
{{- $kubernetes := list
  (list "kubernetes" "sys/auth/kubernetes" (dict "type" "kubernetes" "description" "pods of this cluster"))
  (list "kubernetes-config" "auth/kubernetes/config" (dict "kubernetes_host" "https://kubernetes.default.svc"))
  (list "backup-policy" "sys/policies/acl/vault_backup" (dict "policy" "path \"sys/storage/raft/snapshot\" { capabilities = [\"read\"] }\n"))
  (list "backup-role" "auth/kubernetes/role/backup" (merge (dict "bound_service_account_names" (list (printf "%s-backup" .Release.Name)) "audience" "vault" "token_policies" (list "vault_backup") "token_ttl" 600 "token_max_ttl" 600) $bound))
-}}
{{- if $m.kubernetes.enabled -}}
{{- $kubernetes = append $kubernetes (list "latchkey-role" "auth/kubernetes/role/latchkey" (merge (dict "bound_service_account_names" (list $m.kubernetes.serviceAccount) "bound_service_account_namespaces" (list ($m.kubernetes.namespace | default .Release.Namespace)) "audience" $m.kubernetes.audience) $token)) -}}
{{- end -}}
{{- $blocks := list (list "engines" $engines) (list "latchkey" $latchkey) (list "pods" $kubernetes) (list "administrator" (include "latchkey-vault.administrator" . | fromJsonArray)) -}}
{{- $all := list -}}
{{- range $block := $blocks -}}
{{- $requests := list -}}
{{- range last $block -}}{{- $requests = append $requests (include "latchkey-vault.request" . | fromJson) -}}{{- end -}}
{{- if $requests -}}{{- $all = append $all (dict (first $block) (dict "request" $requests)) -}}{{- end -}}
{{- end -}}
{{- dict "initialize" $all | toPrettyJson -}}
{{- end -}}

{{/* The requests for the administrator's ways in, as a JSON array of (NAME PATH DATA). */}}
{{- define "latchkey-vault.administrator" -}}
{{- $a := .Values.admin -}}
{{- $token := dict "token_policies" (list $a.policy) "token_ttl" $a.tokenTtl "token_max_ttl" $a.tokenTtl -}}
{{- $all := list (list "admin-policy" (printf "sys/policies/acl/%s" $a.policy) (dict "policy" "path \"*\" { capabilities = [\"create\", \"read\", \"update\", \"patch\", \"delete\", \"list\", \"sudo\"] }\n")) -}}
{{- if $a.kubernetes.enabled -}}
{{- $all = append $all (list "admin-kubernetes" "auth/kubernetes/role/admin" (merge (dict "bound_service_account_names" (list (printf "%s-admin" .Release.Name)) "bound_service_account_namespaces" (list .Release.Namespace) "audience" $a.kubernetes.audience) $token)) -}}
{{- end -}}
{{- if $a.userpass.enabled -}}
{{- $all = concat $all (list
  (list "admin-userpass" "sys/auth/userpass" (dict "type" "userpass" "description" "administrators"))
  (list "admin-user" (printf "auth/userpass/users/%s" $a.userpass.username) (merge (dict "password" (include "latchkey-vault.fromFile" "password" | fromJson)) $token))) -}}
{{- end -}}
{{- if $a.oidc.enabled -}}
{{- $all = concat $all (list
  (list "admin-oidc" "sys/auth/oidc" (dict "type" "oidc" "description" "administrators"))
  (list "admin-oidc-config" "auth/oidc/config" (dict "oidc_discovery_url" $a.oidc.discoveryUrl "oidc_client_id" $a.oidc.clientId "oidc_client_secret" (include "latchkey-vault.fromFile" "client_secret" | fromJson) "default_role" "admin"))
  (list "admin-oidc-role" "auth/oidc/role/admin" (merge (dict "role_type" "oidc" "user_claim" $a.oidc.userClaim "bound_claims" $a.oidc.claims "allowed_redirect_uris" $a.oidc.redirectUris "oidc_scopes" (list "openid" "profile" "email")) $token))) -}}
{{- end -}}
{{- if $a.jwt.enabled -}}
{{- $config := dict "bound_issuer" $a.jwt.issuer -}}
{{- if $a.jwt.jwksUrl -}}{{- $_ := set $config "jwks_url" $a.jwt.jwksUrl -}}{{- else -}}{{- $_ := set $config "oidc_discovery_url" $a.jwt.discoveryUrl -}}{{- end -}}
{{- $all = concat $all (list
  (list "admin-jwt" "sys/auth/jwt" (dict "type" "jwt" "description" "administrators"))
  (list "admin-jwt-config" "auth/jwt/config" $config)
  (list "admin-jwt-role" "auth/jwt/role/admin" (merge (dict "role_type" "jwt" "user_claim" $a.jwt.userClaim "bound_audiences" (list $a.jwt.audience) "bound_claims" $a.jwt.claims) $token))) -}}
{{- end -}}
{{- $all | toJson -}}
{{- end -}}
