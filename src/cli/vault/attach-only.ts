import { z } from 'zod'

import type { Send } from '../../connectors/vault/client.ts'
import { checkToken } from '../../connectors/vault/contained/check-token.ts'
import { rulesOfDocument } from '../../connectors/vault/contained/documents.ts'
import { endLent, proveEnded } from '../../connectors/vault/contained/end-lent.ts'
import { documentOf, type LentPolicy, type LentRole } from '../../connectors/vault/contained/lending.ts'
import { roleDifferences, roleFor } from '../../connectors/vault/contained/role.ts'
import { tokenCalls } from '../../connectors/vault/contained/token-calls.ts'
import { pathsOf } from '../../connectors/vault/policy.ts'
import { lengthText } from '../../domain/length.ts'
import { seconds } from '../../domain/time.ts'
import { wrap } from '../table.ts'
import type { ToLend } from './lend-options.ts'
import type { SetupSettings } from './settings.ts'
import { line, withInput } from './shell.ts'
import type { Step } from './steps.ts'

/** The policies that may be lent, and the token roles that lend them. */
export const lentSteps = ({ lent, prefix }: Pick<SetupSettings, 'lent' | 'prefix'>): readonly Step[] => [
  ...(lent?.lending.policies.map(policyStep) ?? []),
  ...(lent?.lending.roles.map((role) => roleStep(role, prefix)) ?? []),
]

const policyAnswer = z.object({ policy: z.string() }).optional()

const policyStep = (policy: LentPolicy): Step => {
  const wanted = documentOf(policy)
  return {
    title: `the policy ${policy.name}, which may be lent`,
    command: (program) => withInput(line(program, 'policy', 'write', policy.name, '-'), `${wanted}\n`),
    differences: async (admin) => {
      const there = policyAnswer.parse(await admin.read('sys/policies/acl', policy.name))
      if (!there) return ['missing: it will be created']
      const rules = rulesOfDocument(there.policy)
      const isSame = rules !== undefined && JSON.stringify({ path: pathsOf(rules, false) }) === wanted
      return isSame ? [] : [`- ${there.policy.trim().replace(/\s+/g, ' ')}`, `+ ${wanted}`]
    },
    apply: async (admin) => void (await admin.write(['sys/policies/acl', policy.name], { policy: wanted })),
  }
}

const counted = (count: number): string => (count === 1 ? 'one policy' : `${count} policies`)

const found = z.record(z.string(), z.unknown())

const roleStep = (role: LentRole, prefix: string): Step => ({
  title: `the token role ${role.name}, which lends ${counted(role.policies.length)} for ${lengthText(role.longest)} at most`,
  command: (program) =>
    withInput(
      line(program, 'write', `auth/token/roles/${role.name}`, '-'),
      `${JSON.stringify(roleFor(role, prefix), undefined, 2)}\n`,
    ),
  differences: async (admin) => {
    const there = await admin.read('auth', 'token', 'roles', role.name)
    if (there === undefined) return ['missing: it will be created']
    return roleDifferences(found.parse(there), role, prefix).map((key) => `${key}: will be set`)
  },
  apply: async (admin) => void (await admin.write(['auth', 'token', 'roles', role.name], roleFor(role, prefix))),
})

/** The configuration's lines about what is lent; JSON is YAML too. */
export const lentLines = ({ settings }: ToLend): readonly string[] => [
  '      contained:',
  '        policies:',
  ...settings.policies.map((policy) => `          - ${JSON.stringify(policy)}`),
  '        roles:',
  ...settings.roles.map((role) => `          - ${JSON.stringify({ ...role, longest: lengthText(role.longest) })}`),
]

/** What the holder of the login can do, and what limits it. */
export const lentWarning = ({ settings }: ToLend, holder: string, width: number): readonly string[] => [
  ...wrap(
    `${holder} can get what these policies give, for itself and without an approval: ` +
      `${settings.policies.map(({ name }) => name).join(', ')}. It can also end any token of this namespace whose ` +
      'accessor it knows, and look it up. It cannot write policies, users or roles.',
    width,
  ),
  ...wrap('- --cidr limits it to the machine of Latchkey; each token that it lends is in the audit log.', width),
]

/** Makes a token by each role as Latchkey will, which nobody opens, compares it and ends it. Returns what was seen. */
export const tryToLend = async (send: Send, { lending }: ToLend, prefix: string): Promise<readonly string[]> => {
  const tokens = tokenCalls(send)
  const lines: string[] = []
  for (const role of lending.roles) {
    const displayName = `${prefix}setup-u-trial-${'a'.repeat(16)}`
    const alias = role.aliases ? { alias: displayName } : {}
    const wish = { policies: role.policies, ttl: role.longest, displayName, grant: 'set-up', ...alias }
    const made = await tokens.wrapped(role.name, wish, seconds(10))
    const lent = { name: displayName, token: made.token, wrapping: made.wrapping }
    try {
      const life = checkToken(await tokens.lookUp(made.token), wish, role)
      lines.push(
        life < role.longest
          ? `Tokens of ${role.name} live at most ${lengthText(life)}, so longer access ends early (max-lease-ttl of auth/token).`
          : `Lent all policies of ${role.name} once, in a token that nobody opened, and ended it.`,
      )
    } finally {
      await endLent(tokens, lent)
      await proveEnded(tokens, lent)
    }
  }
  return lines
}
