#!/usr/bin/env bash
# Installs a vault that initialises and unseals itself into a Kubernetes cluster, prepared for Latchkey.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: install.sh [OPTIONS]

Installs OpenBao into a Kubernetes cluster, prepared for Latchkey, and prints how to connect Latchkey to it.

  -n, --namespace NAME      namespace, created where it is missing (latchkey-vault)
      --name NAME           name of the release, the first part of all names (latchkey-vault)
      --kube-context NAME   context of kubectl and helm (the current one)
      --set KEY=VALUE       a value of the chart, repeatable
  -f, --values FILE         a file of values, repeatable
      --with-latchkey FILE  installs Latchkey beside it, with this file of values of its chart
      --latchkey-set K=V    a value of Latchkey's chart, repeatable
      --wait                waits until the vault is initialised, unsealed and ready (the default)
      --no-wait             does not wait
      --timeout SECONDS     how long to wait (300)
      --charts FOLDER       folder of the charts (helm, beside this script)
      --dry-run             checks everything, prints what would be installed, and changes nothing
      --uninstall           removes the release; data and keys stay
      --delete-data         with --uninstall: deletes data and keys, too; asks twice
  -h, --help                this text

Examples:
  install.sh
  install.sh -n my-namespace
  install.sh --kube-context my-cluster -n my-namespace --set vault.server.dataStorage.size=5Gi
  install.sh -f custom-values.yaml
  install.sh --with-latchkey latchkey-values.yaml
  install.sh --set vault.server.ha.enabled=true
  install.sh --uninstall
From a pipe: … | bash -s -- -n my-namespace --charts FOLDER

OPENBAO_CHART may name a folder with the unpacked chart of OpenBao, where its repository cannot be reached.
TEXT
}

say() { printf '%s\n' "$*"; }
fail() {
  printf 'install.sh: %s\n' "$*" >&2
  exit 1
}

namespace=latchkey-vault
name=latchkey-vault
context=()
helm_context=()
values=()
latchkey_values=()
latchkey_file=''
wait=yes
timeout=300
charts=''
dry_run=''
uninstall=''
delete_data=''

needs() { [ $# -ge 2 ] || fail "$1 needs a value; see --help"; }
while [ $# -gt 0 ]; do
  case "$1" in
    -n | --namespace) needs "$@" && namespace=$2 && shift ;;
    --name) needs "$@" && name=$2 && shift ;;
    --kube-context) needs "$@" && context=(--context "$2") && helm_context=(--kube-context "$2") && shift ;;
    --set) needs "$@" && values+=(--set "$2") && shift ;;
    -f | --values) needs "$@" && values+=(--values "$2") && shift ;;
    --with-latchkey) needs "$@" && latchkey_file=$2 && shift ;;
    --latchkey-set) needs "$@" && latchkey_values+=(--set "$2") && shift ;;
    --wait) wait=yes ;;
    --no-wait) wait='' ;;
    --timeout) needs "$@" && timeout=$2 && shift ;;
    --charts) needs "$@" && charts=$2 && shift ;;
    --dry-run) dry_run=yes ;;
    --uninstall) uninstall=yes ;;
    --delete-data) delete_data=yes ;;
    -h | --help) usage && exit 0 ;;
    *) fail "$1 is not an option; see --help" ;;
  esac
  shift
done
[[ $timeout =~ ^[1-9][0-9]*$ ]] || fail "--timeout $timeout: write a number of seconds"
[[ $name =~ ^[a-z]([a-z0-9-]{0,40}[a-z0-9])?$ ]] || fail "--name $name: use a-z, 0-9 and -, at most 42"
[ -z "$delete_data" ] || [ -n "$uninstall" ] || fail '--delete-data belongs to --uninstall'

kube() { kubectl ${context[@]+"${context[@]}"} "$@"; }
kube_in() { kube --namespace "$namespace" "$@"; }
helm_in() { helm "$@" --namespace "$namespace" ${helm_context[@]+"${helm_context[@]}"}; }

# Whether a version such as v1.34.2 is at least MAJOR.MINOR.
at_least() {
  local version=${1#v} major minor
  major=${version%%.*}
  minor=${version#*.}
  minor=${minor%%.*}
  [ "$major" -gt "${2%%.*}" ] || { [ "$major" -eq "${2%%.*}" ] && [ "$minor" -ge "${2#*.}" ]; }
}

check_tools() {
  command -v kubectl >/dev/null || fail 'kubectl is missing: install it, and let it reach your cluster'
  command -v helm >/dev/null || fail 'helm is missing: install Helm 3.12 or later'
  local found
  found=$(helm version --template '{{.Version}}' 2>/dev/null) || fail 'helm does not tell its version'
  at_least "$found" 3.12 || fail "helm is $found: install Helm 3.12 or later"
  found=$(kube get --raw /version 2>/dev/null | sed -n 's/.*"gitVersion": *"\([^"]*\)".*/\1/p') || true
  [ -n "$found" ] || fail 'the cluster does not answer: check "kubectl cluster-info", or name another --kube-context'
  at_least "$found" 1.30 || fail "the cluster is Kubernetes $found: it must be 1.30 or later"
  say "Kubernetes $found, helm $(helm version --template '{{.Version}}')"
}

# A class is needed where a claim names none.
check_storage() {
  grep -q '^kind: StatefulSet' "$work/rendered" || return 0
  grep -q 'volumeClaimTemplates:' "$work/rendered" || return 0
  sed -n '/volumeClaimTemplates:/,/^---/p' "$work/rendered" | grep -q 'storageClassName:' && return 0
  kube get storageclass --output yaml |
    grep -q 'storageclass.kubernetes.io/is-default-class: "true"' && return 0
  fail 'the cluster has no default StorageClass: mark one (annotation storageclass.kubernetes.io/is-default-class=true), or set vault.server.dataStorage.storageClass'
}

work=''
trap '[ -z "$work" ] || rm -rf "$work"' EXIT

# Copies the chart, so that the dependency is never beside the sources.
prepare_chart() {
  if [ -z "$charts" ]; then
    local here
    here=$(cd "$(dirname "${BASH_SOURCE[0]:-$0}")" 2>/dev/null && pwd) || here=.
    charts=$here/helm
  fi
  [ -f "$charts/latchkey-vault/Chart.yaml" ] || fail "there are no charts in $charts: name their folder with --charts"
  [ -z "$latchkey_file" ] || [ -f "$latchkey_file" ] || fail "--with-latchkey: there is no file $latchkey_file"
  work=$(mktemp -d)
  cp -R "$charts/latchkey-vault" "$work/chart"
  if [ -n "${OPENBAO_CHART:-}" ]; then
    [ -f "$OPENBAO_CHART/Chart.yaml" ] || fail "OPENBAO_CHART is set to $OPENBAO_CHART, which is no unpacked chart"
    mkdir -p "$work/chart/charts"
    cp -R "$OPENBAO_CHART" "$work/chart/charts/openbao"
  elif [ ! -d "$work/chart/charts" ]; then
    helm dependency build "$work/chart" >"$work/dependency" 2>&1 ||
      fail "the chart of OpenBao could not be fetched (set OPENBAO_CHART to an unpacked one): $(tail -n 1 "$work/dependency")"
  fi
}

render() {
  helm_in template "$name" "$work/chart" --kube-version "$kubernetes" ${values[@]+"${values[@]}"} >"$work/rendered" 2>"$work/objection"
}

# Without another choice, the rights in the namespace decide who is administrator.
choose() {
  kubernetes=$(kube get --raw /version | sed -n 's/.*"gitVersion": *"v\([0-9.]*\).*/\1/p')
  if ! render; then
    grep -q 'no administrator could ever log in' "$work/objection" || fail "$(cat "$work/objection")"
    values+=(--set admin.kubernetes.enabled=true)
    say "Administrator: whoever may create tokens of the service account $name-admin (choose another way with --set admin.…)"
    render || fail "$(cat "$work/objection")"
  fi
}

# Prints FIELD of the ConfigMap with the way to the vault.
connection() { kube_in get configmap "$name-connection" --output "go-template={{index .data \"$1\"}}"; }

# What the vault says of itself: "true" for initialised, "false" for sealed.
state_of() {
  kube_in exec "$1" --container openbao -- bao status -tls-skip-verify -format=json 2>/dev/null |
    tr -d ' ,"' | sed -n "s/^$2://p" | head -n 1
}

# helm does not know whether a vault is initialised and unsealed, so the vault itself is asked.
wait_for_vault() {
  local until=$((SECONDS + timeout)) replicas ready pod
  say "Waiting until the vault is initialised, unsealed and ready (at most $timeout s) …"
  replicas=$(kube_in get statefulset "$name" --output 'jsonpath={.spec.replicas}')
  while [ $SECONDS -lt $until ]; do
    ready=0
    for ((i = 0; i < replicas; i++)); do
      pod=$name-$i
      [ "$(kube_in get pod "$pod" --output 'jsonpath={.status.conditions[?(@.type=="Ready")].status}' 2>/dev/null)" = True ] || break
      [ "$(state_of "$pod" initialized)/$(state_of "$pod" sealed)" = true/false ] || break
      ready=$((ready + 1))
    done
    [ "$ready" -lt "$replicas" ] || return 0
    sleep 1
  done
  kube_in get pods --selector "app.kubernetes.io/instance=$name" >&2 || true
  kube_in get events --field-selector type=Warning --sort-by .lastTimestamp 2>/dev/null | tail -n 5 >&2 || true
  kube_in logs "$name-0" --container openbao --tail 200 2>/dev/null | grep -v '^{' | tail -n 10 >&2 || true
  fail "the vault was not ready after $timeout s; above is what is known. After a failed first start, delete its data before the next: kubectl delete pvc data-$name-0 --namespace $namespace"
}

install() {
  check_tools
  prepare_chart
  choose
  check_storage
  if [ -n "$dry_run" ]; then
    cat "$work/rendered"
    say "# Nothing was changed. Without --dry-run, this is installed as $name in namespace $namespace."
    return
  fi
  say "Installing $name into namespace $namespace …"
  helm_in upgrade --install "$name" "$work/chart" --create-namespace --timeout "${timeout}s" \
    ${values[@]+"${values[@]}"} >"$work/installed" 2>&1 || {
    cat "$work/installed" >&2
    kube_in logs "job/$name-keys" --tail 20 >&2 2>/dev/null || true
    fail 'helm could not install it; above is why'
  }
  [ -z "$wait" ] || wait_for_vault
  [ -z "$latchkey_file" ] || install_latchkey
  [ -z "$wait" ] || say "The vault is initialised, unsealed and ready."
  report
}

# The first integration in the file gets this vault, unless it names one. Latchkey logs in there with the token of its pod,
# so no secret is handed over.
install_latchkey() {
  say "Installing Latchkey as latchkey into namespace $namespace …"
  local at='config.integrations[0].vault' vault=()
  if ! grep -q internalUrl "$latchkey_file"; then
    vault=(--set-string "$at.internalUrl=$(connection internalUrl)" --set-string "$at.credentials.kubernetes.role=latchkey")
    if [ -n "$(connection caCert)" ]; then
      vault+=(
        --set-string "$at.caFile=/run/latchkey/ca/vault/ca.crt"
        --set "caCertificates[0].name=vault,caCertificates[0].existingConfigMap=$name-connection,caCertificates[0].key=caCert"
      )
    fi
  fi
  helm_in upgrade --install latchkey "$charts/latchkey" --values "$latchkey_file" ${vault[@]+"${vault[@]}"} \
    ${latchkey_values[@]+"${latchkey_values[@]}"} --timeout "${timeout}s" ${wait:+--wait} >"$work/latchkey" 2>&1 || {
    cat "$work/latchkey" >&2
    kube_in logs deployment/latchkey --tail 20 >&2 2>/dev/null || true
    fail 'helm could not install Latchkey; above is why'
  }
}

report() {
  local external ca
  external=$(connection externalUrl)
  ca=$(connection caCert)
  say ''
  say "Internal URL: $(connection internalUrl)"
  say "External URL: ${external:-(none)}"
  say "Namespace: $namespace"
  say "Secret Name: $(connection secretName)"
  [ -z "$ca" ] || printf 'CA Certificate:\n%s\n' "$ca"
  say ''
  if kube_in get secret "$name-unseal" >/dev/null 2>&1; then
    say "KEEP the seal key where no backup of the data is. Without it, nobody can read the data again:"
    say "  kubectl get secret $name-unseal --namespace $namespace --output yaml > $name-unseal.yaml"
  fi
}

# Answers come from the terminal, also where this script comes from a pipe.
ask() {
  local answer=''
  if [ -t 0 ]; then
    read -r -p "$1 " answer || true
  elif { : </dev/tty; } 2>/dev/null; then
    read -r -p "$1 " answer </dev/tty || true
  else
    fail '--delete-data asks twice, and here is nobody to answer: run it in a terminal'
  fi
  [ "$answer" = "$2" ] || fail 'nothing was deleted'
}

# The claims of the replicas, and of the snapshots.
claims() {
  kube_in get pvc --output name | sed 's|.*/||' | grep -E "^(data|audit)-$name-[0-9]+$|^$name-backups$" || true
}
secrets() {
  local kind
  for kind in unseal role tls; do
    kube_in get secret "$name-$kind" --output name 2>/dev/null | sed 's|.*/||' || true
  done
}

remove() {
  check_tools
  if [ -n "$delete_data" ] && [ -z "$dry_run" ]; then
    say "This deletes the vault $name in namespace $namespace, all secrets in it, its snapshots and its keys, for ever:"
    claims | sed 's/^/  claim /'
    secrets | sed 's/^/  Secret /'
    ask "Type the name of the release ($name) to go on:" "$name"
    ask 'Type "delete all data" to delete it:' 'delete all data'
  fi
  local release
  for release in ${latchkey_file:+latchkey} "$name"; do
    if [ -n "$dry_run" ]; then
      say "would run: helm uninstall $release --namespace $namespace"
    elif helm_in status "$release" >/dev/null 2>&1; then
      helm_in uninstall "$release" --wait --timeout "${timeout}s"
    else
      say "there is no release $release in namespace $namespace"
    fi
  done
  [ -n "$dry_run" ] || kube_in delete configmap "$name-connection" --ignore-not-found >/dev/null
  local left one
  if [ -n "$delete_data" ] && [ -z "$dry_run" ]; then
    while read -r one; do [ -z "$one" ] || kube_in delete pvc "$one"; done < <(claims)
    while read -r one; do [ -z "$one" ] || kube_in delete secret "$one"; done < <(secrets)
  fi
  left=$(claims | sed 's/^/  claim /' && secrets | sed 's/^/  Secret /')
  if [ -n "$left" ]; then
    say 'These stay, because they are the data and its keys (--delete-data deletes them):'
    say "$left"
  fi
  say "The namespace stays, too: kubectl delete namespace $namespace"
}

if [ -n "$uninstall" ]; then remove; else install; fi
