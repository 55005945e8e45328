import { z } from 'zod'
import { namesLent } from '../../src/connectors/vault/contained/layout.ts'
import { containedSettings } from '../../src/connectors/vault/contained/settings.ts'
import type { AdminCall } from '../../src/demo/admin-call.ts'
import type { PreparedVault } from '../../src/demo/prepare-vault.ts'
import { writeLent } from './lent-vault.ts'
import type { TestVault } from './openbao.ts'

/** The two modes in which attacks are tried, so that one test body serves both. */
export const modes = ['root-equivalent', 'contained'] as const
export type Mode = (typeof modes)[number]

const data = <Shape extends z.ZodRawShape>(shape: Shape) => z.object({ data: z.object(shape) })

/** Makes what an administrator makes for a bot that only lends, and an AppRole with nothing but the rights to lend. */
export const lendFrom = async (
  { admin, prepare, prepared }: Pick<TestVault, 'admin' | 'prepare' | 'prepared'>,
  contained: unknown,
): Promise<PreparedVault> => {
  const { prefix: namePrefix, address: internalUrl, credentialsFolder: folder } = prepared
  await writeLent(admin, { internalUrl, namePrefix, credentials: { folder }, contained })
  const lends = namesLent(containedSettings.parse(contained))
  return prepare({ lends, roleName: 'lending-bot', policyName: 'lending-bot' })
}

/** Everything beneath `apps/`, which the worlds of tests ask for. */
export const lendsApps = {
  policies: [{ name: 'lend-apps', gives: [{ type: 'secret', path: 'kv/apps/*', permissions: ['read'] }] }],
  roles: [{ name: 'lend', policies: ['lend-apps'], longest: '8h', aliases: true }],
}

const keys = data({ keys: z.array(z.string()) })
const named = data({ display_name: z.string(), policies: z.array(z.string()).nullable() })

/** The drawn names of tokens that live at the vault, wrapped or not. */
export const liveNames = async (admin: AdminCall, part: string): Promise<readonly string[]> => {
  const accessors = keys.parse(await admin('GET', 'auth/token/accessors?list=true')).data.keys
  const found = await Promise.all(
    accessors.map(async (accessor) => {
      const answer = await admin('POST', 'auth/token/lookup-accessor', { accessor }).catch(() => undefined)
      const { display_name: name, policies } = named.safeParse(answer).data?.data ?? {}
      return name?.includes(part) && !policies?.includes('response-wrapping') ? [name.replace(/^token-/, '')] : []
    }),
  )
  return found.flat().sort()
}
