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
      --charts FOLDER       folder of the charts and of the parts of this script (helm, beside this script)
      --dry-run             checks everything, prints what would be installed, and changes nothing
      --uninstall           removes the vault, and Latchkey if it was installed by --with-latchkey; data and keys stay
      --keep-latchkey       with --uninstall: leaves Latchkey, for a vault that is installed again
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
From a pipe: … | bash -s -- -n my-namespace --charts FOLDER (also with --uninstall)

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
keep_latchkey=''

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
    --keep-latchkey) keep_latchkey=yes ;;
    -h | --help) usage && exit 0 ;;
    *) fail "$1 is not an option; see --help" ;;
  esac
  shift
done
[[ $timeout =~ ^[1-9][0-9]*$ ]] || fail "--timeout $timeout: write a number of seconds"
[[ $name =~ ^[a-z]([a-z0-9-]{0,40}[a-z0-9])?$ ]] || fail "--name $name: use a-z, 0-9 and -, at most 42"
[ -z "$delete_data" ] || [ -n "$uninstall" ] || fail '--delete-data belongs to --uninstall'
[ -z "$keep_latchkey" ] || [ -n "$uninstall" ] || fail '--keep-latchkey belongs to --uninstall'
[ -z "$latchkey_file" ] || [ -n "$uninstall" ] || [ -f "$latchkey_file" ] || fail "--with-latchkey: there is no file $latchkey_file"

# The charts and the parts of this script are one folder, which a script from a pipe is told.
if [ -z "$charts" ]; then
  here=$(cd "$(dirname "${BASH_SOURCE[0]:-$0}")" 2>/dev/null && pwd) || here=.
  charts=$here/helm
fi
[ -f "$charts/latchkey-vault/Chart.yaml" ] || fail "there are no charts in $charts: name their folder with --charts"
for part in checks latchkey report remove; do
  [ -f "$charts/install/$part.sh" ] || fail "$charts/install/$part.sh is missing: --charts names the whole folder manifests/helm"
done
# shellcheck source-path=SCRIPTDIR source=helm/install/checks.sh
. "$charts/install/checks.sh"
# shellcheck source-path=SCRIPTDIR source=helm/install/latchkey.sh
. "$charts/install/latchkey.sh"
# shellcheck source-path=SCRIPTDIR source=helm/install/report.sh
. "$charts/install/report.sh"
# shellcheck source-path=SCRIPTDIR source=helm/install/remove.sh
. "$charts/install/remove.sh"

kube() { kubectl ${context[@]+"${context[@]}"} "$@"; }
kube_in() { kube --namespace "$namespace" "$@"; }
helm_in() { helm "$@" --namespace "$namespace" ${helm_context[@]+"${helm_context[@]}"}; }

work=''
trap '[ -z "$work" ] || rm -rf "$work"' EXIT

# Copies the chart, so that the dependency is never beside the sources.
prepare_chart() {
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
  [ -z "$latchkey_file" ] || render_latchkey
  check_storage "$work/rendered" ${latchkey_file:+"$work/latchkey-rendered"}
  if [ -n "$dry_run" ]; then
    cat "$work/rendered" ${latchkey_file:+"$work/latchkey-rendered"}
    say "# Nothing was changed. Without --dry-run, this is installed as $name${latchkey_file:+, and Latchkey as latchkey,} in namespace $namespace."
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

if [ -n "$uninstall" ]; then remove; else install; fi
