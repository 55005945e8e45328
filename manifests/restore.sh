#!/usr/bin/env bash
# Puts a snapshot of the backup volume back into the vault that install.sh installed.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: restore.sh [OPTIONS]

Lists the snapshots of a vault, or puts one back. Everything written since is lost; a seal key must be the one of then.

  -n, --namespace NAME      namespace of the vault (latchkey-vault)
      --name NAME           name of its release (latchkey-vault)
      --kube-context NAME   context of kubectl (the current one)
      --snapshot FILE       the snapshot to put back; without it, they are listed
      --yes                 does not ask
  -h, --help                this text

The administrator's token is taken from BAO_TOKEN. Without that, one of the service account RELEASE-admin is used.

Examples:
  restore.sh
  restore.sh -n my-namespace --snapshot latchkey-vault-20260101T000000Z.snap
TEXT
}

fail() {
  printf 'restore.sh: %s\n' "$*" >&2
  exit 1
}

namespace=latchkey-vault
name=latchkey-vault
context=()
snapshot=''
yes=''
needs() { [ $# -ge 2 ] || fail "$1 needs a value; see --help"; }
while [ $# -gt 0 ]; do
  case "$1" in
    -n | --namespace) needs "$@" && namespace=$2 && shift ;;
    --name) needs "$@" && name=$2 && shift ;;
    --kube-context) needs "$@" && context=(--context "$2") && shift ;;
    --snapshot) needs "$@" && snapshot=$2 && shift ;;
    --yes) yes=yes ;;
    -h | --help) usage && exit 0 ;;
    *) fail "$1 is not an option; see --help" ;;
  esac
  shift
done
[[ $snapshot =~ ^([A-Za-z0-9._-]+\.snap)?$ ]] || fail "--snapshot $snapshot: name a file of the list"

kube() { kubectl ${context[@]+"${context[@]}"} --namespace "$namespace" "$@"; }
pod=$name-restore

# A pod with the volume of the snapshots, as the backups have it. It holds no token of its own.
start_pod() {
  local image policy claim address secret
  image=$(kube get statefulset "$name" --output 'jsonpath={.spec.template.spec.containers[0].image}') ||
    fail "there is no vault $name in namespace $namespace"
  policy=$(kube get statefulset "$name" --output 'jsonpath={.spec.template.spec.containers[0].imagePullPolicy}')
  claim=$(kube get cronjob "$name-backup" --output 'jsonpath={.spec.jobTemplate.spec.template.spec.volumes[?(@.name=="backups")].persistentVolumeClaim.claimName}') ||
    fail "there are no backups: install with --set backup.enabled=true"
  address=$(kube get cronjob "$name-backup" --output 'jsonpath={.spec.jobTemplate.spec.template.spec.containers[0].env[?(@.name=="BAO_ADDR")].value}')
  secret=$name-tls
  kube delete pod "$pod" --ignore-not-found >/dev/null
  kube apply --filename - >/dev/null <<YAML
apiVersion: v1
kind: Pod
metadata:
  name: $pod
  labels: { app.kubernetes.io/instance: $name, component: restore }
spec:
  restartPolicy: Never
  automountServiceAccountToken: false
  activeDeadlineSeconds: 1800
  securityContext: { runAsNonRoot: true, runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000, seccompProfile: { type: RuntimeDefault } }
  containers:
    - name: restore
      image: "$image"
      imagePullPolicy: $policy
      command: [/bin/sh, -c, "sleep 1800"]
      env:
        - { name: BAO_ADDR, value: "$address" }
        - { name: BAO_CACERT, value: /openbao/latchkey/ca.crt }
        - { name: HOME, value: /tmp }
      securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: [ALL] } }
      volumeMounts:
        - { name: backups, mountPath: /backups, readOnly: true }
        - { name: tmp, mountPath: /tmp }
        - { name: ca, mountPath: /openbao/latchkey, readOnly: true }
  volumes:
    - { name: backups, persistentVolumeClaim: { claimName: $claim } }
    - { name: tmp, emptyDir: {} }
    - { name: ca, secret: { secretName: $secret, optional: true, items: [{ key: ca.crt, path: ca.crt }], defaultMode: 0440 } }
YAML
  kube wait "pod/$pod" --for=condition=Ready --timeout=120s >/dev/null
}
trap 'kube delete pod "$pod" --ignore-not-found --grace-period=1 >/dev/null 2>&1 || true' EXIT

# Runs a script in the pod; its input is ours.
inside() { kube exec --stdin "$pod" -- /bin/sh -euc "$1"; }

admin_token() {
  if [ -n "${BAO_TOKEN:-}" ]; then
    printf '%s' "$BAO_TOKEN"
    return
  fi
  local audience
  audience=$(kube get configmap "$name-logins" --output 'jsonpath={.data.adminAudience}' 2>/dev/null) || true
  audience=${audience:-vault} # as a release of before has it
  kube create token "$name-admin" --audience "$audience" --duration 10m |
    inside 'bao write -field=token auth/kubernetes/login role=admin jwt=-'
}

start_pod
if [ -z "$snapshot" ]; then
  inside 'cd /backups && ls -l *.snap' </dev/null || fail 'there is no snapshot yet'
  exit 0
fi
inside "test -s '/backups/$snapshot'" </dev/null || fail "there is no snapshot $snapshot: run restore.sh to list them"
if [ -z "$yes" ]; then
  [ -t 0 ] || fail 'this replaces everything in the vault, and nobody is here to ask: add --yes'
  read -r -p "Everything in $name ($namespace) becomes as it was in $snapshot. Type the name of the release to go on: " answer
  [ "$answer" = "$name" ] || fail 'nothing was restored'
fi
token=$(admin_token) || fail 'the administrator could not log in: set BAO_TOKEN to a token that may write sys/storage/raft/snapshot-force'
# The token comes by the input, where no list of processes shows it.
printf '%s\n' "$token" | inside "read -r BAO_TOKEN && export BAO_TOKEN && bao operator raft snapshot restore -force '/backups/$snapshot'"
for _ in $(seq 60); do
  state=$(kube exec "$name-0" --container openbao -- bao status -tls-skip-verify -format=json 2>/dev/null | tr -d ' ,"' | sed -n 's/^sealed://p') || true
  if [ "$state" = false ]; then
    echo "$snapshot was put back, and the vault is unsealed."
    exit 0
  fi
  sleep 1
done
fail "$snapshot was put back, but the vault stays sealed: its seal key is not the one of then (Secret $name-unseal)"
