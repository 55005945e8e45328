import { copyFile, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startWorld, type World } from '../../src/demo/world.ts'
import { eventually } from '../support/eventually.ts'
import type { RequestRecord } from '../support/records.ts'
import { ordersApi, type Story, storyIn } from '../support/story.ts'
import { untilNothingIsOrphaned, vaultTruth } from '../support/vault-truth.ts'

let world: World
let neighbour: World
let story: Story

const options = {
  preparation: { optionalRights: ['list-policies', 'revoke-tokens'] },
  settings: { reconcile: { discoverEvery: '1h', driftEvery: '1s', wake: '1s', claim: '2s' } },
} as const

beforeAll(async () => {
  world = await startWorld(options)
  story = storyIn(world)
})
afterAll(async () => {
  await neighbour?.stop()
  await world?.stop()
})

const access = async (path?: string) => {
  const { developer, owner, lead } = story.cast
  const request = await story.approve(
    path ? lead : owner,
    await story.ask(developer, { length: '1 hour', ...(path && { path }) }),
  )
  return { request, token: (await story.credential(developer, request)).token }
}
const stateOf = ({ id }: RequestRecord) => story.records.request(id).grant?.state

/** Waits until every Latchkey at the vault has looked for drift from beginning to end. */
const untilLookedAround = async () => {
  const before = await listings()
  await eventually(async () => (await listings()) >= before + 6, { about: () => 'drift is looked for' })
}
const listings = async (): Promise<number> => {
  const lines = (await readFile(world.vault.auditFile, 'utf8')).split('\n')
  return lines.filter((line) => line.includes('"operation":"list"') && /"path":"sys\/policies\/acl\/?"/.test(line))
    .length
}
const removals = ({ records }: Story) => records.audit().filter(({ kind }) => kind === 'leftover-removed').length

describe('an older copy of the database is restored', () => {
  test('no token comes back, what the copy does not know is found and removed, and people are told', async () => {
    const { developer, owner, lead } = story.cast
    const { request: known, token: first } = await access()
    const copy = join(world.folder, 'backup.sqlite')
    await world.latchkey().stop()
    await copyFile(world.files.database, copy)
    await world.restart()

    const { token: second } = await story.credential(developer, known)
    await story.press(owner, known, 'Revoke')
    await story.untilState(known, 'ended')
    const { request: unknown, token: third } = await access(ordersApi)
    const orphan = await story.cardOf(unknown, 'access', 'developer')
    expect(await story.read(third, ordersApi)).toBe(200)

    await world.latchkey().stop()
    for (const rest of ['', '-wal', '-shm']) await rm(`${world.files.database}${rest}`, { force: true })
    await copyFile(copy, world.files.database)
    const seen = new Map([developer, owner, lead].map((each) => [each, story.inbox(each)]))
    await world.restart()
    expect(stateOf(known)).not.toBe('ended')
    const ended = await story.untilState(known, 'ended')
    expect(ended.grant?.because).toBe('missing-at-vault')
    for (const each of [developer, owner, lead]) {
      await story.untilTold(each, 'Access disappeared from the vault', seen.get(each))
    }
    await story.untilRefused(third, ordersApi)
    await story.untilTold(lead, 'A leftover was removed', seen.get(lead))
    for (const token of [first, second]) expect(await story.read(token)).toBe(403)
    await untilNothingIsOrphaned(world, story.records)
    const said = await story.hear(developer, () => developer.hands.press(orphan, 'Get my one-time link'))
    expect(said).toContain('Latchkey does not update this message') // the copy does not know that it was posted
  })
})

describe('somebody deletes the policy of an access at the vault', () => {
  test('the access ends and people are told', async () => {
    const { developer, owner, secondOwner, lead } = story.cast
    const { request, token } = await access()
    const people = [developer, owner, secondOwner, lead]
    const seen = new Map(people.map((each) => [each, story.inbox(each)]))
    const [policy] = (await vaultTruth(world)).policies
    await world.admin('DELETE', `sys/policies/acl/${policy}`)
    expect(await story.read(token)).toBe(403)
    const ended = await story.untilState(request, 'ended')
    expect(ended.grant?.because).toBe('missing-at-vault')
    for (const each of people) await story.untilTold(each, 'Access disappeared from the vault', seen.get(each))
    await story.untilAllSay(request, ' ended ', 'It was gone from the vault')
    await untilNothingIsOrphaned(world, story.records)
  })
})

describe('others at the same vault', () => {
  test('two Latchkeys with the same prefix, and strangers with it, leave each other alone', async () => {
    const { developer } = story.cast
    await world.admin('POST', 'sys/policies/acl/latchkey-somebody-else', { policy: 'path "kv/*" {}' })
    await world.admin('POST', 'auth/latchkey-users/users/latchkey-somebody', { password: 'example-of-somebody' })
    neighbour = await startWorld({ ...options, vault: world.vault })
    const there = storyIn(neighbour)
    const asked = await there.ask(there.cast.developer, { length: '1 hour' })
    const theirs = await there.approve(there.cast.owner, asked)
    const { token: theirToken } = await there.credential(there.cast.developer, theirs)
    const { request: ours, token } = await access()
    const before = removals(story)

    await untilLookedAround()
    expect([await story.read(token), await there.read(theirToken)]).toEqual([200, 200])
    expect([stateOf(ours), there.records.request(theirs.id).grant?.state]).toEqual(['active', 'active'])
    const { policies, users } = await vaultTruth(world)
    expect(policies).toHaveLength(2)
    expect(users).toContain('latchkey-somebody')
    await world.admin('GET', 'sys/policies/acl/latchkey-somebody-else')
    await world.admin('GET', 'sys/policies/acl/latchkey_management')

    expect([removals(story), removals(there)]).toEqual([before, 0])
    await story.press(developer, ours, 'Give back now')
    await story.untilState(ours, 'ended')
    expect(await there.read(theirToken)).toBe(200)
    await there.press(there.cast.owner, theirs, 'Revoke')
    await there.untilState(theirs, 'ended')
    expect((await vaultTruth(world)).policies).toEqual([])
  })
})

describe('somebody locks the person’s user with wrong passwords', () => {
  test('which costs the person nothing: another user is made at once, and access ends as ever', async () => {
    const { developer, owner } = story.cast
    const { request, token } = await access()
    const lock = async () => {
      const users = (await vaultTruth(world)).users.filter((name) => name.includes('-u-developer-'))
      for (const user of users) for (let wrong = 0; wrong < 6; wrong += 1) await logIn(user)
    }
    await lock()
    const { token: second } = await story.credential(developer, request)
    expect([await story.read(token), await story.read(second)]).toEqual([403, 200])

    await lock()
    await story.press(owner, request, 'Revoke')
    await story.untilState(request, 'ended')
    expect(await story.read(second)).toBe(403)
    expect((await vaultTruth(world)).policies).toEqual([])
  })
})

const logIn = (user: string) =>
  fetch(`${world.vault.address}/v1/auth/latchkey-users/login/${user}`, {
    method: 'POST',
    body: JSON.stringify({ password: 'a wrong guess' }),
  })

describe('a person who gets access again and again', () => {
  test('is one entity at the vault, also after fifty credentials', async () => {
    const { developer } = story.cast
    const entities = async (): Promise<number> => {
      const answer = (await world.admin('GET', 'identity/entity/id?list=true')) as { data: { keys: string[] } }
      return answer.data.keys.length
    }
    const { request } = await access()
    const before = await entities()
    for (let issue = 0; issue < 50; issue += 1) {
      const { token } = await story.credential(developer, request)
      if (issue % 10 === 0) expect(await story.read(token)).toBe(200)
    }
    expect(await entities()).toBe(before)
    const { policies } = await vaultTruth(world)
    expect(policies).toHaveLength(1)
    await story.press(developer, request, 'Give back now')
    await story.untilState(request, 'ended')
    await untilNothingIsOrphaned(world, story.records)
  })
})
