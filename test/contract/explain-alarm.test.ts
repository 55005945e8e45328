import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Deps } from '../../src/app/deps.ts'
import { explainAlarm, mayExplain } from '../../src/app/explain-alarm.ts'
import { linkMisused } from '../../src/app/link-misused.ts'
import { reportAccess } from '../../src/app/own-access.ts'
import { askForEnd } from '../../src/app/revoke-grant.ts'
import { type FetchLink, openAlarms, type ShownAlarm } from '../../src/domain/fetch-link.ts'
import { type GrantId, personId } from '../../src/domain/ids.ts'
import { eventually } from '../support/eventually.ts'
import { type LinkWorld, linkWorld } from '../support/link-world.ts'
import * as sample from './store-samples.ts'

let world: LinkWorld
beforeAll(async () => {
  world = await linkWorld({ identities: 2 })
})
afterAll(() => world?.stop())

let count = 0
/** Somebody whose used link was pressed again in another browser. */
const alarmed = async () => {
  const name = `user-${++count}`
  const grant = await world.grantFor(name)
  const nonce = await world.open(grant)
  const first = await world.press(nonce, 'laptop')
  if (first.kind !== 'credential') throw new Error(`the link gave ${first.kind}`)
  await world.press(nonce, 'phone')
  const link = sample.present(await world.store.link({ hash: world.deps.hash(nonce) }))
  const about = { link: link.id, alarm: shownOf(link) }
  return { name, person: personId(name), grant, link, about, token: first.credential.wrappingToken.reveal() }
}
/** The alarm that a message or page shows now. */
const shownOf = (link: FetchLink): ShownAlarm => sample.present(openAlarms(link)[0])
const audited = async (grant: GrantId) =>
  (await world.store.auditRows(0, 100_000)).filter((row) => row.grant === grant && row.kind === 'link-explained')
const alarmsOf = async (to: RegExp, words: string) =>
  (await world.messages()).filter((one) => to.test(one.to) && one.text.includes(words)).map(({ text }) => text)
const toHolder = (name: string) => alarmsOf(new RegExp(`^U-${name}1?$`), 'our one-time link was opened in two browsers')
const toOwner = async (name: string) =>
  (await alarmsOf(/^U-grace$/, 'one-time link was opened in two browsers')).filter((text) => text.includes(name))

describe('an alarm about a link in two browsers', () => {
  test('speaks to its holder in the second person, and to the owners of the holder', async () => {
    const { name, grant } = await alarmed()
    await world.settled(grant)
    const [mine] = await toHolder(name)
    expect(mine).toContain('If this was you, in two browsers: ')
    expect(mine).not.toMatch(/misused|holder/)
    const [theirs] = await toOwner(name)
    expect(theirs).toContain(' now, not only in this chat.')
    expect(theirs).toContain('change the secret itself.')
    expect(theirs).not.toMatch(/misused|It was me|If this was you/)
  })

  test('says what is true now, from the withdrawal to its proof and the end of the access', async () => {
    const { name, grant } = await alarmed()
    await world.settled(grant)
    for (const text of [...(await toHolder(name)), ...(await toOwner(name))]) {
      expect(text).toContain('The credential is withdrawn: it was proved ')
      expect(text).not.toMatch(/not yet proved|The access ended|Active until/)
      expect(text).toContain('; the credential of this link no longer works')
      expect(JSON.parse(text)).toMatchObject({ tone: 'bad' })
    }
    await askForEnd(world.deps)(grant, { because: 'given-back' })
    await world.settled(grant)
    for (const text of [...(await toHolder(name)), ...(await toOwner(name))]) {
      expect(text).toContain('The access ended ')
      expect(text).not.toMatch(/not yet proved|new link|Give back now/)
      expect(JSON.parse(text)).toMatchObject({ tone: 'neutral' })
    }
  })
})

describe('“It was me”', () => {
  test('changes words only: the credential stays dead, and all read who said so and when', async () => {
    const { name, person, grant, link, about, token } = await alarmed()
    expect(await explainAlarm(world.deps)(about, person)).toMatchObject({ ok: true })
    await world.settled(grant)
    expect(await world.read(grant, token)).toBe(403)
    expect(await audited(grant)).toMatchObject([
      { actor: { kind: 'person', id: person }, detail: { link: link.id, by: 'press', how: 'other-browser' } },
    ])
    const copies = await toHolder(name)
    expect(copies).toHaveLength(2) // both accounts of the person
    for (const text of copies) {
      expect(text).toContain('Cleared up: your one-time link')
      expect(text).not.toContain('"It was me"')
    }
    const [theirs] = await toOwner(name)
    expect(theirs).toMatch(/said .*that it was them/)
    expect(theirs).not.toContain('change the secret itself')
  })

  test('counts once, however often and from whichever account it is pressed', async () => {
    const { person, grant, about } = await alarmed()
    const outcomes = await Promise.all([1, 2, 3].map(() => explainAlarm(world.deps)(about, person)))
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1)
    const again = { ok: false, refusal: { code: 'already-explained', at: expect.any(Number) } }
    expect(outcomes.filter(({ ok }) => !ok)).toEqual([again, again])
    expect(await mayExplain(world.deps)(about, person)).toEqual(again)
    expect(await audited(grant)).toHaveLength(1)
  })

  test('is the holder’s alone to say', async () => {
    const { grant, about } = await alarmed()
    const refused = { ok: false, refusal: { code: 'not-the-requester' } }
    expect(await mayExplain(world.deps)(about, sample.grace)).toEqual(refused)
    expect(await explainAlarm(world.deps)(about, sample.grace)).toEqual(refused)
    expect(await audited(grant)).toEqual([])
  })

  test('can be said after the access has ended', async () => {
    const { name, person, grant, about } = await alarmed()
    await askForEnd(world.deps)(grant, { because: 'given-back' })
    await world.settled(grant)
    expect((await toHolder(name))[0]).toContain('"It was me"')
    expect(await explainAlarm(world.deps)(about, person)).toMatchObject({ ok: true })
    expect((await world.store.requestOfGrant(grant))?.grant?.state).toBe('ended')
    expect((await toOwner(name))[0]).toMatch(/said .*that it was them/)
  })

  test('needs an alarm, and never covers one that was not shown', async () => {
    const name = `user-${++count}`
    const grant = await world.grantFor(name)
    const nonce = await world.open(grant)
    const linkNow = async () => sample.present(await world.store.link({ hash: world.deps.hash(nonce) }))
    const { id, openedAt } = await linkNow()
    const say = (alarm: ShownAlarm) => explainAlarm(world.deps)({ link: id, alarm }, personId(name))
    const other = { ok: false, refusal: { code: 'other-alarm' } }
    expect(await say({ how: 'other-person', at: openedAt })).toEqual(other)
    await linkMisused(world.deps)(await linkNow(), 'other-person')
    const first = shownOf(await linkNow())
    await world.press(nonce, 'laptop')
    await world.press(nonce, 'phone')
    expect(await say(first)).toMatchObject({ ok: true })
    await world.settled(grant)
    const cleared = async () => (await toHolder(name)).map((text) => text.includes('Cleared up'))
    expect(await cleared()).toEqual([false, false])
    const second = shownOf(await linkNow())
    expect(second.how).toBe('other-browser')
    expect(await say({ how: 'reported', at: second.at })).toEqual(other)
    expect(await say(second)).toMatchObject({ ok: true })
    expect(await cleared()).toEqual([true, true])
  })

  test.each(['spent-unseen', 'wrong-creation-path'] as const)(
    'never covers a theft at the vault (%s), whoever opened the link before',
    async (how) => {
      const name = `user-${++count}`
      const grant = await world.grantFor(name)
      const nonce = await world.open(grant)
      await world.press(nonce, 'laptop')
      const linkNow = async () => sample.present(await world.store.link({ hash: world.deps.hash(nonce) }))
      await linkMisused(world.deps)(await linkNow(), 'other-person')
      const seen = shownOf(await linkNow())
      await linkMisused(world.deps)(await linkNow(), how)
      const link = await linkNow()
      expect(openAlarms(link)).toEqual([seen])
      const forged = { how: how as 'reported', at: sample.present(link.misusedAt) }
      const say = (alarm: ShownAlarm) => explainAlarm(world.deps)({ link: link.id, alarm }, personId(name))
      expect(await say(forged)).toMatchObject({ ok: false, refusal: { code: 'other-alarm' } })
      expect(await say({ ...forged, how: 'reported' })).toMatchObject({ ok: false })
      expect(await say(seen)).toMatchObject({ ok: true })
      await world.settled(grant)
      const theirs = await eventually(async () =>
        (await alarmsOf(/^U-grace$/, 'one-time credential was ')).find((text) => text.includes(name)),
      )
      expect(theirs).not.toMatch(/Cleared up|that it was them/)
      expect(theirs).toContain('Somebody else may know what it opened: ')
    },
  )

  test('needs a sign-in where an issuer is configured: a press in the chat is refused', async () => {
    const { person, grant, about } = await alarmed()
    const deps: Deps = { ...world.deps, settings: { ...world.deps.settings, hasIssuer: true } }
    const refused = { ok: false, refusal: { code: 'sign-in-needed' } }
    expect(await mayExplain(deps)(about, person)).toEqual(refused)
    expect(await explainAlarm(deps)(about, person)).toEqual(refused)
    expect(await explainAlarm(deps)(about, person, 'sign-in')).toMatchObject({ ok: true })
    expect(await audited(grant)).toMatchObject([{ detail: { by: 'sign-in', how: 'other-browser' } }])
  })
})

test('a report of a fetch that there is not is refused, and audited', async () => {
  const name = `user-${++count}`
  const grant = await world.grantFor(name)
  const report = (person: string) => reportAccess(world.deps)(grant, personId(person), 'phone')
  expect([await report(name), await report('grace')]).toEqual([false, false])
  const rows = (await world.store.auditRows(0, 100_000)).filter((row) => row.grant === grant && row.kind === 'refused')
  expect(rows.map(({ detail }) => detail.code)).toEqual(['link-unusable', 'not-the-requester'])
})
