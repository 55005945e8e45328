import { managementPolicy, type OptionalRight } from '../../connectors/vault/management-policy.ts'
import type { SetupSettings } from './settings.ts'

/** What each optional right buys. */
export const buys: Readonly<Record<OptionalRight, string>> = {
  'list-policies': 'finds and removes policies that were left behind',
  'revoke-tokens': 'an end kills the tokens and their leases, not only their rights',
  'bulk-owner-tags': 'reads the owner tags of a whole folder in one call (OpenBao only)',
  'key-types': 'offers a Transit key only for what its type can do',
  'rotate-credentials': 'renews its own secret_id (latchkey vault rotate, or rotateEvery)',
  'sweep-credentials': 'destroys a secret_id that a killed renewal left (comes with rotate-credentials)',
}

/** What may be said about the whole of it, wherever it is shown. */
export const warning = (settings: SetupSettings): readonly string[] => [
  'Whoever holds this AppRole can grant itself anything in this namespace: it may write policies, and users that have',
  'them. No rule in a policy changes that. What contains it:',
  '- a namespace of its own (OpenBao 2.3 or later, Vault Enterprise) that holds only what may be asked for: set',
  '  BAO_NAMESPACE and run this again;',
  `- ${settings.cidrs.length > 0 ? `the networks of --cidr (${settings.cidrs.join(', ')})` : '--cidr, so that it works from where Latchkey runs and from nowhere else'};`,
  `- an alarm on the vault's audit log: a write to sys/policies/acl/${settings.prefix}* or auth/${settings.userpassMount}/users/*`,
  `  from another address than Latchkey's, and any write to ${settings.policy} or login with it that you did not make.`,
]

/** The management policy in the vault's own language, each rule with its reason. */
export const policyText = (settings: SetupSettings): string => {
  const { extras, shape, appRole } = settings
  const layout = { ...settings, appRole }
  const base = managementPolicy(layout, [], shape)
  const rules = (paths: readonly string[], all: ReturnType<typeof managementPolicy>) =>
    paths.map((path) => `path ${JSON.stringify(path)} { capabilities = ${JSON.stringify(all[path]?.capabilities)} }`)
  const optional = extras.flatMap((right) => {
    const more = managementPolicy(layout, [right], shape)
    const paths = Object.keys(more).filter((path) => !(path in base))
    return paths.length === 0 ? [] : [`# ${right}: ${buys[right]}`, ...rules(paths, more)]
  })
  const heading = [
    '# What Latchkey may do here. Beware: whoever may write policies and users can reach every right of this namespace.',
  ]
  const others = Object.keys(settings.others)
  const added = others.length === 0 ? [] : ['# added by an administrator', ...rules(others, settings.others)]
  return `${[...heading, ...rules(Object.keys(base), base), ...optional, ...added].join('\n')}\n`
}
