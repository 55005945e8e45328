{{/* Refuses what cannot work or is unsafe, each with its remedy. */}}
{{- define "latchkey-vault.checks" -}}
{{- $a := .Values.admin -}}
{{- $server := .Values.vault.server -}}
{{- $dev := include "latchkey-vault.dev" . -}}
{{- if not (or $dev $a.kubernetes.enabled $a.userpass.enabled $a.oidc.enabled $a.jwt.enabled) -}}
{{- fail "no administrator could ever log in, because the root token is gone after the first start: set admin.oidc.enabled, admin.jwt.enabled, admin.kubernetes.enabled or admin.userpass.enabled" -}}
{{- end -}}
{{- if hasPrefix "latchkey-" $a.policy -}}
{{- fail (printf "admin.policy %s: choose a name that does not begin with latchkey-, because Latchkey may write those policies" $a.policy) -}}
{{- end -}}
{{- if and $a.oidc.enabled (not (and $a.oidc.discoveryUrl $a.oidc.clientId $a.oidc.redirectUris $a.oidc.claims)) -}}
{{- fail "admin.oidc needs discoveryUrl, clientId, redirectUris and claims: without a claim, everybody at the issuer would be administrator" -}}
{{- end -}}
{{- if and $a.jwt.enabled (not (and (or $a.jwt.discoveryUrl $a.jwt.jwksUrl) $a.jwt.issuer $a.jwt.audience $a.jwt.claims)) -}}
{{- fail "admin.jwt needs discoveryUrl or jwksUrl, issuer, audience and claims: without a claim, everybody at the issuer would be administrator" -}}
{{- end -}}
{{- if and $a.oidc.enabled $a.userpass.enabled -}}
{{- fail "admin.oidc and admin.userpass share one Secret: enable one of them" -}}
{{- end -}}
{{- if and $dev $server.ha.enabled -}}
{{- fail "vault.server.dev.enabled keeps everything in the memory of one pod: set vault.server.ha.enabled=false" -}}
{{- end -}}
{{- if and (regexMatch "^v?[0-9]+\\.[0-9]+" $server.image.tag) (semverCompare "<2.7.0-0" (regexFind "^v?[0-9]+\\.[0-9]+(\\.[0-9]+)?" $server.image.tag)) -}}
{{- fail (printf "vault.server.image.tag %s: this chart needs OpenBao 2.7 or later" $server.image.tag) -}}
{{- end -}}
{{- if or $server.standalone.config $server.ha.config $server.ha.raft.config -}}
{{- fail "vault.server.standalone.config, ha.config and ha.raft.config have no effect: this chart writes the configuration; use seal, tls and admin, or vault.server.extraArgs" -}}
{{- end -}}
{{- if not (and $server.ha.raft.enabled $server.ha.raft.setNodeId) -}}
{{- fail "vault.server.ha.raft.enabled and setNodeId must stay true: this chart stores with Raft" -}}
{{- end -}}
{{- if and (ne .Values.seal.type "static") (not .Values.seal.config) -}}
{{- fail (printf "seal.type %s needs its settings in seal.config" .Values.seal.type) -}}
{{- end -}}
{{- if and (eq .Values.seal.type "static") .Values.seal.config -}}
{{- fail "seal.config belongs to another seal: set seal.type, or leave it empty" -}}
{{- end -}}
{{- if gt (len .Release.Name) 53 -}}
{{- fail "the name of the release is too long" -}}
{{- end -}}
{{- end -}}
