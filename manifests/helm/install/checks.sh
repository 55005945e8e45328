# shellcheck shell=bash disable=SC2154
# A part of install.sh, which has the variables: what is checked before anything is touched.

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

# Objects with a claim that names no class, in what helm rendered.
claims_without_class() {
  awk '
    function flush() { if (claims > classes) print kind " " name; kind = name = ""; claims = classes = 0 }
    /^---/ { flush() }
    /^kind: / { kind = $2 }
    /^  name: / && name == "" { name = $2 }
    /^ *-? *accessModes:/ { claims++ }
    /^ *storageClassName:/ { classes++ }
    END { flush() }
  ' "$@"
}

# A class is needed where a claim names none.
check_storage() {
  local bare
  bare=$(claims_without_class "$@")
  [ -n "$bare" ] || return 0
  kube get storageclass --output yaml |
    grep -q 'storageclass.kubernetes.io/is-default-class: "true"' && return 0
  fail "the cluster has no default StorageClass, which these need: ${bare//$'\n'/, }. Mark one (annotation storageclass.kubernetes.io/is-default-class=true), or set vault.server.dataStorage.storageClass, backup.storageClass, and persistence.storageClass for Latchkey"
}
