# shellcheck shell=bash disable=SC2154
# A part of install.sh, which has the variables: what --uninstall does.

# Answers come from the terminal, also where the script comes from a pipe.
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

# The claims of the replicas, of the snapshots, and of a Latchkey that was installed beside them.
claims() {
  kube_in get pvc --output name | sed 's|.*/||' | grep -E "^(data|audit)-$name-[0-9]+$|^$name-backups$" || true
  [ -n "$keep_latchkey" ] || kube_in get pvc --selector "$beside=$name" --output name | sed 's|.*/||'
}
secrets() {
  local kind
  for kind in unseal role tls; do
    kube_in get secret "$name-$kind" --output name 2>/dev/null | sed 's|.*/||' || true
  done
}
data_and_keys() { claims | sed 's/^/  claim /' && secrets | sed 's/^/  Secret /'; }

# Sets releases: Latchkey first, where this script installed it beside this vault.
find_releases() {
  releases=("$name")
  if [ -n "$keep_latchkey" ]; then
    return
  elif [ -n "$latchkey_file" ] || [ -n "$(kube_in get deployment --selector "$beside=$name" --output name)" ]; then
    releases=(latchkey "$name")
    say 'Latchkey is removed, too. End live access first, because nobody ends it afterwards before its time:'
    say "  kubectl exec -n $namespace deployment/latchkey -c latchkey -- latchkey revoke --integration NAME"
  elif helm_in status latchkey >/dev/null 2>&1; then
    say "The release latchkey in namespace $namespace was not installed with this vault, so it stays."
  fi
}

# What a failed Job of the keys left; helm does not know it any more. Latchkey needs the ConfigMap as long as it runs.
remove_rest() {
  kube_in delete job,serviceaccount,role,rolebinding "$name-keys" --ignore-not-found >/dev/null
  [ -n "$keep_latchkey" ] || kube_in delete configmap "$name-connection" --ignore-not-found >/dev/null
}

delete_claims_and_secrets() {
  local one
  while read -r one; do [ -z "$one" ] || kube_in delete pvc "$one"; done < <(claims)
  while read -r one; do [ -z "$one" ] || kube_in delete secret "$one"; done < <(secrets)
}

remove() {
  check_tools
  local release left releases
  find_releases
  if [ -n "$delete_data" ] && [ -z "$dry_run" ]; then
    say "This deletes the vault $name in namespace $namespace, all secrets in it, its snapshots and its keys, for ever:"
    data_and_keys
    ask "Type the name of the release ($name) to go on:" "$name"
    ask 'Type "delete all data" to delete it:' 'delete all data'
  fi
  for release in "${releases[@]}"; do
    if [ -n "$dry_run" ]; then
      say "would run: helm uninstall $release --namespace $namespace"
    elif helm_in status "$release" >/dev/null 2>&1; then
      helm_in uninstall "$release" --wait --timeout "${timeout}s"
    else
      say "there is no release $release in namespace $namespace"
    fi
  done
  if [ -z "$dry_run" ]; then
    remove_rest
    [ -z "$delete_data" ] || delete_claims_and_secrets
  fi
  left=$(data_and_keys)
  if [ -n "$left" ] && [ -n "$delete_data" ]; then
    if [ -n "$dry_run" ]; then say 'would delete for ever:'; else say 'These could not be deleted:'; fi
    say "$left"
  elif [ -n "$left" ]; then
    say 'These stay, because they are the data and its keys (--delete-data deletes them):'
    say "$left"
  fi
  say "The namespace stays, too: kubectl delete namespace $namespace"
}
