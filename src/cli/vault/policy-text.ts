import { managementPolicy, type OptionalRight } from '../../connectors/vault/management-policy.ts'
import { wrap } from '../table.ts'
import { lentWarning } from './attach-only.ts'
import { layoutOf, type SetupSettings } from './settings.ts'

/** What each optional right makes possible. */
export const buys: Readonly<Record<OptionalRight, string>> = {
  'list-policies': 'finds and removes leftover policies',
  'revoke-tokens': 'ends the tokens and their leases, not only their rights',
  'bulk-owner-tags': 'reads the owner tags of a whole folder in one call (OpenBao only)',
  'key-types': 'offers for a Transit key only what its type can do',
  'rotate-credentials': 'renews its own secret_id (latchkey vault rotate, or rotateEvery)',
  'sweep-credentials': 'destroys a secret_id that a killed renewal left (included in rotate-credentials)',
  'stuck-leases': 'tells when the vault gives up ending a login or certificate',
  workloads: 'gives access to jobs, service accounts and pipelines (workloads)',
  'control-groups': 'asks the members of the vault’s control groups, and denies for them (controlGroups)',
}

/** Leaves room for the mark of a comment in 80 columns. */
const width = 78

/** A warning about the whole policy, shown wherever the policy is. */
export const warning = (settings: SetupSettings): readonly string[] =>
  settings.lent ? lentWarning(settings.lent, holder(settings.login), width) : powerWarning(settings)

const powerWarning = ({ cidrs, prefix, userpassMount, policy, login }: SetupSettings): readonly string[] => [
  ...wrap(
    `${holder(login)} can get any right in this namespace, because it may write policies and users with ` +
      'them. No rule in a policy changes that. These measures limit it:',
    width,
  ),
  ...[
    'a separate namespace (OpenBao 2.3 or later, Vault Enterprise) that contains only the secrets on offer: set ' +
      'BAO_NAMESPACE and run this again;',
    `${cidrs.length > 0 ? `the networks of --cidr (${cidrs.join(', ')})` : '--cidr, so that it works only from the machine of Latchkey'};`,
    `an alarm on the vault's audit log: a write to sys/policies/acl/${prefix}* or auth/${userpassMount}/users/* ` +
      `from another address than Latchkey's, and any write to ${policy} or login with it that you did not make.`,
  ].flatMap((measure) => wrap(measure, width - 2).map((line, at) => `${at === 0 ? '- ' : '  '}${line}`)),
]

const holder = (login: SetupSettings['login']): string => {
  if (login.way === 'approle') return 'The holder of this AppRole'
  return login.way === 'kubernetes'
    ? `Everybody who may start pods as ${login.namespace}/${login.serviceAccount}, or make tokens for it,`
    : `Everybody for whom the issuer signs the subject ${login.subject}`
}

/** The management policy in the vault's own language, each rule with its reason. */
export const policyText = (settings: SetupSettings): string => {
  const { extras, shape } = settings
  const layout = layoutOf(settings)
  const base = managementPolicy(layout, [], shape)
  const rules = (paths: readonly string[], all: ReturnType<typeof managementPolicy>) =>
    paths.map((path) => `path ${JSON.stringify(path)} { capabilities = ${JSON.stringify(all[path]?.capabilities)} }`)
  const optional = extras.flatMap((right, index) => {
    // Some rules need two rights, so each right is shown with what it adds to those before it.
    const before = managementPolicy(layout, extras.slice(0, index), shape)
    const more = managementPolicy(layout, extras.slice(0, index + 1), shape)
    const paths = Object.keys(more).filter((path) => !(path in before))
    return paths.length === 0 ? [] : [`# ${right}: ${buys[right]}`, ...rules(paths, more)]
  })
  const heading = [
    settings.lent
      ? '# What Latchkey may do here: lend these policies. It writes no policy, user or role.'
      : '# What Latchkey may do here. Beware: a writer of policies and users can get every right of this namespace.',
  ]
  const others = Object.keys(settings.others)
  const added = others.length === 0 ? [] : ['# added by an administrator', ...rules(others, settings.others)]
  return `${[...heading, ...rules(Object.keys(base), base), ...optional, ...added].join('\n')}\n`
}
