import type { World } from '../../src/demo/world.ts'
import { eventually } from './eventually.ts'
import type { Records } from './records.ts'

/** What the vault really holds that carries Latchkey's names, asked with the root token. */
export type VaultTruth = {
  readonly policies: readonly string[]
  readonly users: readonly string[]
  /** Users that somebody could log in to with rights, if they knew the password. */
  readonly armed: readonly string[]
}

export const vaultTruth = async ({ admin, prepared }: Pick<World, 'admin' | 'prepared'>): Promise<VaultTruth> => {
  const keys = async (path: string): Promise<string[]> => {
    const answer = await admin('GET', `${path}?list=true`).catch((error: Error) => {
      if (error.message.includes('404')) return { data: { keys: [] } }
      throw error
    })
    return (answer as { data: { keys: string[] } }).data.keys.filter((name) => name.startsWith(prepared.prefix))
  }
  const users = await keys(`auth/${prepared.userpassMount}/users`)
  const armed = await Promise.all(users.map((name) => isArmed(admin, `auth/${prepared.userpassMount}/users/${name}`)))
  const policies = (await keys('sys/policies/acl')).filter((name) => name.includes('-g-'))
  return { policies, users, armed: users.filter((_, index) => armed[index]) }
}

const isArmed = async (admin: World['admin'], path: string): Promise<boolean> => {
  const { data } = (await admin('GET', path)) as { data: { token_policies?: string[] } }
  return (data.token_policies ?? []).length > 0
}

/** Waits until the vault holds exactly the policies of live grants, one each, and nobody can log in. */
export const untilNothingIsOrphaned = async (world: World, records: Records): Promise<void> => {
  let seen = ''
  await eventually(
    async () => {
      const truth = await vaultTruth(world)
      const live = records.live().map(({ grant }) => grant)
      const expected = live.map((grant) => grant?.policies.at(-1)).sort()
      seen = JSON.stringify({ truth, expected, states: live.map((grant) => grant?.state) })
      const isSettled = live.every((grant) => grant?.state === 'active')
      return (
        isSettled && truth.armed.length === 0 && JSON.stringify([...truth.policies].sort()) === JSON.stringify(expected)
      )
    },
    { about: () => `the vault holds what live grants own, and no user is armed; but ${seen}` },
  )
}
