# shellcheck shell=bash disable=SC2154
# A part of install.sh, which has the variables: what it prints at the end.

# Prints FIELD of the ConfigMap with the way to the vault.
connection() { kube_in get configmap "$name-connection" --output "go-template={{index .data \"$1\"}}"; }

# The chart's warning of the dev mode and the administrator's login; the rest of its notes is said here.
vault_notes() {
  helm_in get notes "$name" | awk '
    /^\*/ { print }
    /^The administrator logs in with:/ { shown = 1 }
    /^After "helm uninstall"/ { shown = 0 }
    shown && NF { print }
  '
}

# The address that the cluster gives a Service of type LoadBalancer, after a short wait.
balancer() {
  local until=$((SECONDS + (timeout < 60 ? timeout : 60))) address
  while :; do
    address=$(kube_in get service "$name" --output 'jsonpath={.status.loadBalancer.ingress[0].hostname}{.status.loadBalancer.ingress[0].ip}')
    if [ -n "$address" ] || [ -z "$wait" ] || [ $SECONDS -ge $until ]; then break; fi
    sleep 1
  done
  case "$address" in *:*) printf '[%s]' "$address" ;; *) printf '%s' "$address" ;; esac
}

# Sets external, and what is to be done about it.
find_external() {
  external=$(connection externalUrl)
  remedy=''
  [ -z "$external" ] || return 0
  local url host port
  url=$(connection internalUrl)
  case "$(kube_in get service "$name" --output 'jsonpath={.spec.type}')" in
    LoadBalancer)
      host=$(balancer)
      if [ -z "$host" ]; then
        remedy="The load balancer has no address yet: kubectl get service $name --namespace $namespace. Then set externalUrl and tls.hosts to it."
        return
      fi
      external=${url%%://*}://$host:${url##*:}
      remedy="To keep this External URL, install again with --set externalUrl=$external"
      [ "${url%%://*}" = http ] ||
        remedy+=" --set 'tls.hosts={$host}', because the certificate must name it. Before, unless it is your own: kubectl delete secret $name-tls --namespace $namespace. Afterwards, restart the pods."
      ;;
    NodePort)
      port=$(kube_in get service "$name" --output 'jsonpath={.spec.ports[0].nodePort}')
      remedy="Each node answers at port $port: set externalUrl to ${url%%://*}://NODE:$port, and tls.hosts to that NODE."
      ;;
  esac
}

report() {
  local external remedy ca
  if [ -n "$latchkey_file" ]; then
    say ''
    helm_in get notes latchkey | sed '1{/^NOTES:$/d;}'
  fi
  say ''
  vault_notes
  find_external
  ca=$(connection caCert)
  say ''
  say "Internal URL: $(connection internalUrl)"
  say "External URL: ${external:-(none)}"
  say "Namespace: $namespace"
  say "Secret Name: $(connection secretName)"
  [ -z "$ca" ] || printf 'CA Certificate:\n%s\n' "$ca"
  say ''
  [ -z "$remedy" ] || say "$remedy"
  if kube_in get secret "$name-unseal" >/dev/null 2>&1; then
    say "KEEP the seal key where no backup of the data is. Without it, nobody can read the data again:"
    say "  kubectl get secret $name-unseal --namespace $namespace --output yaml > $name-unseal.yaml"
  fi
}
