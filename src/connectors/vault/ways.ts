import type { Way } from '../../domain/credential.ts'
import type { Item } from '../../domain/resource.ts'
import { agentConfig, byTokenFile, fileOf, unfit } from './agent-files.ts'
import { type Authority, authorityFile } from './authority.ts'
import type { Flavour } from './context.ts'
import { type Mounts, resourceTypeOf, splitPath, type VaultResourceType } from './resource-types.ts'
import { quoted } from './shell-words.ts'
import { type Use, usesOf } from './uses.ts'
import { waysOfWorkload } from './ways-workload.ts'
import type { Login } from './workload-login.ts'

type Where = {
  readonly address: string
  readonly namespace?: string | undefined
  /** The name of the vault at Latchkey. */
  readonly integration: string
  readonly mounts: Mounts
  readonly commands: readonly string[]
  /** The vault's own, if it has one. Workloads get it, because nobody prepares their machines. */
  readonly authority?: Authority | undefined
}
type TypeOf = (name: string) => VaultResourceType | undefined

/**
 * How to use exactly these items: with the vault's own program, with `latchkey` or curl, by the environment, or from an
 * agent's files; with `login` a workload uses it. The texts hold no token. They read it from the environment. They never put it into the arguments of a
 * process, where others could see it.
 */
export const waysOf = (
  where: Where,
  flavour: Flavour,
  items: readonly Item[],
  { typeOf = resourceTypeOf, login }: { readonly typeOf?: TypeOf; readonly login?: Login | undefined } = {},
): readonly Way[] => {
  const uses = items.flatMap((item) => usesOfItem(where, item, typeOf))
  const own = flavour === 'openbao' ? 'bao' : 'vault'
  const fetched = uses.flatMap((use) => (use.verb === 'fetch' ? [use] : []))
  const secrets = uses.flatMap((use) => (use.engine === 'kv' ? [latchkeyLine(use, where)] : []))
  const calls: Way = {
    kind: 'curl',
    title: 'Calls with curl',
    text: [curl(where), ...uses.map((use) => curlLine(use, where))].join('\n'),
  }
  if (login && where.authority) {
    const text = `# curl trusts the vault's own authority by its file: export CURL_CA_BUNDLE=${authorityFile}\n${calls.text}`
    return [{ ...calls, text }, ...waysOfWorkload({ ...where, program: own }, items, uses, login)]
  }
  if (login) return [calls, ...waysOfWorkload({ ...where, program: own }, items, uses, login)]
  return [
    { kind: 'cli', title: `Commands of ${own}`, text: where.commands.join('\n') },
    ...(secrets.length > 0
      ? [{ kind: 'latchkey', title: 'Commands of latchkey', text: secrets.join('\n') } as const]
      : []),
    calls,
    { kind: 'env', title: 'Environment of any program', text: environment(where, own).join('\n') },
    ...(fetched.length > 0
      ? [
          {
            kind: 'agent',
            title: `A file that ${own} agent keeps`,
            text: agentFile(where, own, fetched, uses),
          } as const,
        ]
      : []),
  ]
}

const usesOfItem = ({ mounts }: Where, { type, path, permission }: Item, typeOf: TypeOf): readonly Use[] => {
  const kind = typeOf(type)
  const place = kind && splitPath(path, mounts[kind.engine], kind.covers === 'beneath')
  const permitted = kind?.permissions.get(permission)
  return kind && place && permitted ? usesOf(kind, permitted, place, mounts) : []
}

const latchkeyLine = ({ verb, mount, name }: Use, { integration }: Where): string => {
  const value = verb === 'create' || verb === 'update' ? ' --value-file FILE' : ''
  const version = verb === 'undelete' ? ' --version VERSION' : ''
  return `latchkey vault ${verb} ${quoted(`${mount}/${name}`)} --vault-id ${quoted(integration)}${value}${version}`
}

/** `printf` is a part of the shell, so the token is in no list of processes. */
const curl = ({ namespace }: Where): string => {
  const inNamespace = namespace === undefined ? '' : ` -H ${quoted(`X-Vault-Namespace: ${namespace}`)}`
  const header = `printf 'header = "X-Vault-Token: %s"\\n' "\${BAO_TOKEN:-$VAULT_TOKEN}"`
  return `vault_curl() { ${header} | curl -sS --fail-with-body -K -${inNamespace} "$@"; }`
}

const curlLine = ({ method, endpoint, mount, name, body }: Use, { address }: Where): string => {
  const path = [mount, endpoint, name].flatMap((part) => part.split('/')).map(encodeURIComponent)
  const how = method === 'GET' ? '' : `-X ${method} `
  return `vault_curl ${how}${quoted(`${address}/v1/${path.join('/')}`)}${body === undefined ? '' : ` -d ${body}`}`
}

/** Asks for the token, so that it is in no history of the shell. */
const environment = ({ address, namespace }: Where, own: 'bao' | 'vault'): readonly string[] => {
  const prefix = own.toUpperCase()
  return [
    `export ${prefix}_ADDR=${quoted(address)}`,
    ...(namespace === undefined ? [] : [`export ${prefix}_NAMESPACE=${quoted(namespace)}`]),
    `printf 'Token: '; read -rs ${prefix}_TOKEN; echo; export ${prefix}_TOKEN`,
  ]
}

/** For people: an agent with their token in a file. It goes on with the token of an extension that came in time. */
const agentFile = (
  { address, namespace }: Where,
  program: 'bao' | 'vault',
  fetched: readonly Use[],
  all: readonly Use[],
): string => {
  const files = fetched.map((_, position) => fileOf(position)).join(' ')
  const intro = [
    'Save this as latchkey-agent.hcl and the token as latchkey-token, both readable by you alone. Then:',
    `(trap 'rm -f ${files} latchkey-token' EXIT; ${program} agent -config=latchkey-agent.hcl)`,
    'The agent ends within half a minute after the access, and this line then removes the files. A copy that somebody',
    'made of them outlives the access: the vault cannot take back what was read.',
    'Put the token of an extension into latchkey-token before the end: later it is not read any more.',
    ...unfit(all),
  ]
  return agentConfig(fetched, { address, namespace, program, intro, method: byTokenFile('latchkey-token') })
}
