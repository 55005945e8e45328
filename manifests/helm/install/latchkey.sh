# shellcheck shell=bash disable=SC2154
# A part of install.sh, which has the variables: Latchkey beside the vault.

# The label of what was installed with --with-latchkey, so that --uninstall finds it.
beside=installed-beside

# How Latchkey logs in, from the chart of the vault as it is installed now.
login_value() { sed -n "s/^  $1: \"\(.*\)\"\$/\1/p" "$work/rendered" | sed 's/\\"/"/g'; }

# Sets what the first integration in the file needs for this vault, unless the file names one. The token of the pod is
# shown to the vault, or the AppRole is read from its Secret, so no secret is handed over.
connect_latchkey() {
  connect=()
  ! grep -q internalUrl "$latchkey_file" || return 0
  local at='config.integrations[0].vault' key
  connect=(--set-string "$at.internalUrl=$(sed -n 's/^ *- --internal-url=//p' "$work/rendered")")
  if [ "$(login_value latchkeyLogin)" = kubernetes ] && [ "$(login_value latchkeyNamespace)" = "$namespace" ]; then
    connect+=(
      --set-string "$at.credentials.kubernetes.role=latchkey"
      --set-string "$at.credentials.kubernetes.audience=$(login_value latchkeyAudience)"
      --set-string "serviceAccount.name=$(login_value latchkeyAccount)"
    )
  else
    own_list vaultCredentials
    connect+=(
      --set-string "$at.credentials.folder=/run/latchkey/vault/vault"
      --set "vaultCredentials[0].name=vault,vaultCredentials[0].existingSecret=$name-role"
    )
  fi
  if grep -q -e '- --certificate=' "$work/rendered"; then
    own_list caCertificates
    connect+=(
      --set-string "$at.caFile=/run/latchkey/ca/vault/ca.crt"
      --set "caCertificates[0].name=vault,caCertificates[0].existingConfigMap=$name-connection,caCertificates[0].key=caCert"
    )
  fi
  for key in kvMounts transitMounts; do
    grep -q "$key" "$latchkey_file" || connect+=(--set-json "$at.$key=$(login_value "$key")")
  done
}

# Entries of both would stand in each other's place.
own_list() {
  ! grep -q "^$1:" "$latchkey_file" ||
    fail "$latchkey_file has $1, where this script puts its own: connect the integration yourself (internalUrl, caFile, credentials)"
}

latchkey_helm() {
  helm_in "$@" "$charts/latchkey" --values "$latchkey_file" ${connect[@]+"${connect[@]}"} \
    ${latchkey_values[@]+"${latchkey_values[@]}"}
}

# A file that Latchkey's chart refuses is refused before the vault is installed.
render_latchkey() {
  connect_latchkey
  latchkey_helm template latchkey --kube-version "$kubernetes" >"$work/latchkey-rendered" 2>"$work/objection" ||
    fail "--with-latchkey $latchkey_file: $(cat "$work/objection")"
}

install_latchkey() {
  say "Installing Latchkey as latchkey into namespace $namespace …"
  latchkey_helm upgrade --install latchkey --timeout "${timeout}s" ${wait:+--wait} >"$work/latchkey" 2>&1 || {
    mark_latchkey
    cat "$work/latchkey" >&2
    kube_in logs deployment/latchkey --tail 20 >&2 2>/dev/null || true
    fail 'helm could not install Latchkey; above is why'
  }
  mark_latchkey
}

mark_latchkey() {
  local kind
  for kind in deployment persistentvolumeclaim; do
    kube_in label "$kind" --selector app.kubernetes.io/instance=latchkey,app.kubernetes.io/managed-by=Helm \
      "$beside=$name" --overwrite >/dev/null 2>&1 || true
  done
}
