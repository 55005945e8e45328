import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { askForEnd } from '../../src/app/revoke-grant.ts'
import { settleWrappings } from '../../src/app/settle-wrappings.ts'
import type { GrantId } from '../../src/domain/ids.ts'
import { eventually } from '../support/eventually.ts'
import { type LinkWorld, linkWorld } from '../support/link-world.ts'
import { trials } from '../support/trials.ts'
import * as sample from './store-samples.ts'

// Credentials that somebody fetched and nobody opened, at a real vault whose bot only lends.

const wrapSeconds = 300
let world: LinkWorld
let later = 0
/** What becomes of the calls of one look, by their number. */
let fault: ((call: number) => 'lost' | 'unsent' | undefined) | undefined
let seen = 0
beforeAll(async () => {
  world = await linkWorld({
    ...{ mode: 'contained', now: () => Date.now() + later, params: { wrapSeconds } },
    rules: {
      before: async (line) => {
        if (!fault || !line.includes('auth/token/')) return
        seen += 1
        if (fault(seen) === 'unsent') throw new Error('The connection breaks.')
      },
      response: (text, path) => {
        if (fault && path.startsWith('auth/token/') && fault(seen) === 'lost') throw new Error('The answer is lost.')
        return text
      },
    },
  })
})
afterAll(() => world?.stop())

let count = 0
const fetched = async () => {
  const person = `person-${++count}`
  const grant = await world.grantFor(person)
  const nonce = await world.open(grant)
  const answer = await world.press(nonce, 'hers')
  if (answer.kind !== 'credential') throw new Error(`the link gave ${answer.kind}`)
  const link = sample.present(await world.store.link({ hash: world.deps.hash(nonce) }))
  return {
    person,
    grant,
    link: link.id,
    credential: answer.credential,
    token: answer.credential.wrappingToken.reveal(),
  }
}
/** A look at the moment at which it is due. */
const look = async () => {
  await settleWrappings(world.deps, world.connector.integration)(new AbortController().signal)
}
const atItsTime = async (work: () => Promise<unknown>) => {
  later = (wrapSeconds - 9) * 1000
  try {
    return await work()
  } finally {
    later = 0
  }
}
const stateOf = async (link: Parameters<LinkWorld['store']['wrapping']>[0]) => (await world.store.wrapping(link))?.state
const alive = async (grant: GrantId) => (await world.policies()).filter((name) => name.includes(grant)).length
const toldTo = async (person: string) =>
  (await world.messages()).filter(({ to, text }) => to === `U-${person}` && text.includes('was not opened in time'))
const ended = async (grant: GrantId) => {
  await askForEnd(world.deps)(grant, { because: 'revoked' })
  await eventually(async () => (await world.store.requestOfGrant(grant))?.grant?.state === 'ended')
}

describe('a fetched credential', () => {
  test('that nobody opens is ended shortly before its time, its person is told, and can fetch again', async () => {
    const { person, grant, link, token, credential } = await fetched()
    const noted = sample.present(await world.store.wrapping(link))
    expect([credential.spendBy, noted.state]).toEqual([noted.lookAt, 'waiting']) // the page names the moment that counts
    await look()
    expect([await stateOf(link), await alive(grant)]).toEqual(['waiting', 1])
    await atItsTime(look)
    expect([await stateOf(link), await alive(grant)]).toEqual(['unopened', 0])
    expect(await world.read(grant, token)).toBe(403)
    expect(await toldTo(person)).toHaveLength(1)
    expect(await world.store.wasFetched(grant)).toBe(false)
    const rows = (await world.store.auditRows(0, 100_000)).filter((row) => row.grant === grant)
    expect(rows.filter(({ kind }) => kind === 'credential-unopened')).toMatchObject([{ actor: { kind: 'system' } }])
    const again = await world.press(await world.open(grant), 'hers')
    if (again.kind !== 'credential') throw new Error(`the next link gave ${again.kind}`)
    expect(await world.read(grant, again.credential.wrappingToken.reveal())).toBe(200)
    await atItsTime(look)
    expect([await alive(grant), (await toldTo(person)).length]).toEqual([1, 1])
  })

  test('that somebody opened is left alone', async () => {
    const { person, grant, link, token } = await fetched()
    expect(await world.read(grant, token)).toBe(200)
    await atItsTime(look)
    expect([await stateOf(link), await world.read(grant, token), await toldTo(person)]).toEqual(['opened', 200, []])
  })

  test('that nobody opened is ended also when a later fetch broke', async () => {
    const { grant, link, token } = await fetched()
    const nonce = await world.open(grant)
    seen = 0
    fault = (call) => (call === 2 ? 'lost' : undefined) // the answer with the new token
    expect(await world.press(nonce, 'hers')).toMatchObject({ kind: 'failed' })
    fault = undefined
    await atItsTime(look)
    expect([await stateOf(link), await world.read(grant, token)]).toEqual(['unopened', 403])
  })

  test('of an access that ended, or that a newer one replaced, needs no look', async () => {
    const [gone, replaced] = [await fetched(), await fetched()]
    await ended(gone.grant)
    const newer = await world.press(await world.open(replaced.grant), 'hers')
    await atItsTime(look)
    expect([await stateOf(gone.link), await stateOf(replaced.link)]).toEqual(['over', 'over'])
    expect([await toldTo(gone.person), newer.kind]).toEqual([[], 'credential'])
  })
})

describe.each(['unsent', 'lost'] as const)('a look whose call is %s', (how) => {
  test.each([1, 2, 3, 4, 5])(
    'at its call %i goes on from its row, and never ends what somebody opened',
    async (call) => {
      const [unopened, opened] = [await fetched(), await fetched()]
      const all = [unopened, opened]
      await atItsTime(async () => {
        seen = 0
        fault = (each) => (each === call ? how : undefined)
        await look()
        fault = undefined
        await world.read(opened.grant, opened.token) // now, if it is still possible
        later += 6_000
        await look()
      })
      const [there, states] = [
        await world.read(opened.grant, opened.token),
        await Promise.all(all.map(({ link }) => stateOf(link))),
      ]
      for (const [index, { grant, link, token }] of all.entries()) {
        const state = states[index]
        if (state === 'unopened') expect([await alive(grant), await world.read(grant, token)]).toEqual([0, 403])
        else expect(['opened', 'unknown'], `${link}`).toContain(state)
      }
      if (there === 200) expect(states[1]).not.toBe('unopened')
      for (const { grant } of all) await ended(grant)
      expect(await Promise.all(all.map(({ grant }) => alive(grant)))).toEqual([0, 0])
    },
  )
})

test(`a credential that is opened at the moment of the look works, or was never got, ${trials} times`, async () => {
  for (let trial = 0; trial < trials; trial += 1) {
    const { grant, link, token } = await fetched()
    const [, read] = (await atItsTime(() =>
      Promise.all([look(), new Promise((go) => setTimeout(go, trial % 8)).then(() => world.read(grant, token))]),
    )) as [unknown, number]
    if ((await stateOf(link)) === 'closing') {
      later = wrapSeconds * 1000 // the vault refused one of two calls of the same instant, so nobody can tell any more
      await look()
      later = 0
    }
    const state = await stateOf(link)
    if (state === 'unopened') expect([trial, await world.read(grant, token)]).toEqual([trial, 403])
    else expect([trial, read, await world.use(token, 'GET', 'auth/token/lookup-self')]).toEqual([trial, 200, 200])
    expect(['unopened', 'opened', 'unknown']).toContain(state)
  }
})
