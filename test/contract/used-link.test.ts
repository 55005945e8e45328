import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Deps } from '../../src/app/deps.ts'
import { journalNames } from '../../src/app/journal-names.ts'
import { lookAtFetchLink, redeemFetchLink, reportFetchLink } from '../../src/app/redeem-fetch-link.ts'
import { revealCredential } from '../../src/app/reveal-credential.ts'
import { askForEnd } from '../../src/app/revoke-grant.ts'
import { namesIn } from '../../src/domain/connector.ts'
import type { GrantId } from '../../src/domain/ids.ts'
import type { Journal } from '../../src/domain/journal.ts'
import { secret } from '../../src/domain/secret.ts'
import { seconds } from '../../src/domain/time.ts'
import type { Store } from '../../src/ports.ts'
import { eventually } from '../support/eventually.ts'
import { modes } from '../support/lending-vault.ts'
import { type LinkWorld, linkWorld } from '../support/link-world.ts'

type Call = { readonly method: string; readonly path: string }

describe.each(modes)('where the bot is %s', (mode) => {
  let world: LinkWorld
  let failing = false
  beforeAll(async () => {
    // While it fails, the vault deletes and revokes nothing, so that no withdrawal gets through.
    const isEnd = ({ method, path }: Call) => method === 'DELETE' || path === 'auth/token/revoke-accessor'
    const request = (call: Call) => (failing && isEnd(call) ? 500 : undefined)
    world = await linkWorld({ mode, rules: { request } })
  })
  afterAll(() => world?.stop())

  let count = 0
  const used = async () => {
    const grant = await world.grantFor(`person-${++count}`)
    const nonce = await world.open(grant)
    return { grant, nonce, token: await fetched(nonce) }
  }
  const fetched = async (nonce: string, browser = 'first'): Promise<string> => {
    const answer = await world.press(nonce, browser)
    if (answer.kind !== 'credential') throw new Error(`the link gave ${answer.kind}`)
    return answer.credential.wrappingToken.reveal()
  }
  const audited = async (grant: GrantId, kind: string) =>
    (await world.store.auditRows(0, 100_000)).filter((row) => row.grant === grant && row.kind === kind)
  const linkOf = (nonce: string) => world.store.link({ hash: world.deps.hash(nonce) })
  const alarms = async (person: string) =>
    (await world.messages()).filter(({ to, text }) => to === `U-${person}` && text.includes('our one-time link was '))

  describe('a used link', () => {
    test('says when it was used, and neither what it led to nor whose it was, however often it is opened', async () => {
      const { grant, nonce } = await used()
      for (let looks = 0; looks < 5; looks += 1) {
        const look = await lookAtFetchLink(world.deps)(nonce, `browser-${looks}`)
        expect(look).toEqual({ kind: 'used', at: expect.any(Number), isReported: false })
      }
      expect(await audited(grant, 'link-misused')).toEqual([])
    })

    test('tells once that it was misused, however often it is pressed', async () => {
      const { grant, nonce, token } = await used()
      for (let press = 0; press < 20; press += 1) {
        expect(await world.press(nonce, `stranger-${press}`)).toMatchObject({ kind: 'used', isReported: true })
        await reportFetchLink(world.deps)(nonce, `stranger-${press}`)
      }
      await world.settled(grant)
      expect(await world.read(grant, token)).toBe(403)
      expect(await audited(grant, 'link-misused')).toHaveLength(1)
      expect(await alarms(`person-${count}`)).toHaveLength(1)
    })

    test('ends nothing that a newer link gave, and says so', async () => {
      const { grant, nonce } = await used()
      const newer = await fetched(await world.open(grant))
      await world.press(nonce, 'stranger')
      await world.settled(grant)
      expect(await world.read(grant, newer)).toBe(200)
      expect(await audited(grant, 'credential-withdrawn')).toEqual([])
      expect((await alarms(`person-${count}`))[0]?.text).toContain('A newer credential took its place')
    })

    test('that gave nothing ends nothing that an older link gave', async () => {
      const { grant, token } = await used()
      const nonce = await world.open(grant)
      const { hash } = world.deps
      await world.store.redeem(hash(nonce), hash('a browser whose fetch was cut off'), world.deps.clock.now())
      await world.press(nonce, 'stranger')
      await world.settled(grant)
      expect(await world.read(grant, token)).toBe(200)
      expect((await alarms(`person-${count}`))[0]?.text).toContain('No credential was given for it')
    })

    test('whose access is over can still be reported', async () => {
      const { grant, nonce } = await used()
      await askForEnd(world.deps)(grant, { because: 'given-back' })
      await world.settled(grant)
      expect(await reportFetchLink(world.deps)(nonce, 'a browser')).toMatchObject({ kind: 'used', isReported: true })
      expect((await alarms(`person-${count}`))[0]?.text).toContain('and the credential with it')
    })

    test('that was misused reveals nothing, not even where it was used', async () => {
      const { nonce, token } = await used()
      await world.press(nonce, 'stranger')
      expect(await revealCredential(world.deps)(nonce, 'first', secret(token))).toEqual({ kind: 'unusable' })
      expect(await lookAtFetchLink(world.deps)(nonce, 'first')).toMatchObject({ kind: 'used', isReported: true })
    })
  })

  describe('a link that was not used', () => {
    test('cannot be reported, and says what became of it', async () => {
      const grant = await world.grantFor(`person-${++count}`)
      const older = await world.open(grant)
      const newer = await world.open(grant)
      expect(await reportFetchLink(world.deps)(older, 'a browser')).toEqual({ kind: 'replaced' })
      expect(await reportFetchLink(world.deps)(newer, 'a browser')).toEqual({ kind: 'unusable' })
      expect(await world.press(older, 'a browser')).toEqual({ kind: 'replaced' })
      expect(await audited(grant, 'link-misused')).toEqual([])
    })
  })

  describe('the message about a misused link', () => {
    test('changes when the withdrawal is proved, and owners hear while it fails', async () => {
      const { grant, nonce, token } = await used()
      failing = true
      await world.press(nonce, 'stranger')
      const trouble = async () => (await world.store.requestOfGrant(grant))?.grant?.trouble
      await expect.poll(trouble, { timeout: 20_000 }).toMatchObject({ alerted: true })
      const [alarm] = await alarms(`person-${count}`)
      expect(alarm?.text).toContain('this is not yet proved')
      const ofOwner = async () => (await world.messages()).filter(({ to }) => to === 'U-grace').map(({ text }) => text)
      expect((await ofOwner()).filter((text) => text.includes('A credential is not yet withdrawn'))).toHaveLength(1)
      failing = false
      await world.settled(grant)
      expect(await world.read(grant, token)).toBe(403)
      expect((await alarms(`person-${count}`))[0]?.text).toContain('it was proved')
      const told = await ofOwner()
      expect(told.filter((text) => text.includes('The credential is withdrawn after all'))).toHaveLength(1)
      expect(told.filter((text) => text.includes('not yet'))).toEqual([])
      expect(await audited(grant, 'credential-withdrawn')).toMatchObject([{ detail: { means: expect.any(String) } }])
      expect(await fetched(await world.open(grant)).then((next) => world.read(grant, next))).toBe(200)
    })
  })

  describe('a link for which the vault was asked for nothing', () => {
    const gives = async (deps: Deps, grant: GrantId, nonce: string) => {
      const answer = await redeemFetchLink(deps)(nonce, 'first')
      return answer.kind === 'credential' ? world.read(grant, answer.credential.wrappingToken.reveal()) : answer.kind
    }

    test.each(['at once', 'after the database'])('stays usable when the journal refuses its name %s', async (when) => {
      const grant = await world.grantFor(`person-${++count}`)
      const older = await fetched(await world.open(grant))
      const nonce = await world.open(grant)
      let isFull = true
      const noted = new Set<string>()
      const note: Journal['note'] = async (names) => {
        if (when !== 'at once') await eventually(async () => (await linkOf(nonce))?.credential?.state === 'drawn')
        if (isFull) throw new Error('the disk is full')
        for (const { name } of names) noted.add(name)
      }
      const journal: Journal = {
        former: [],
        present: () => [],
        has: (name) => noted.has(name),
        note,
        close: async () => {},
      }
      const named = async () => namesIn((await world.store.requestOfGrant(grant))?.grant?.handle)
      const before = await named()
      for (const name of before) noted.add(name)
      const deps: Deps = { ...world.deps, store: journalNames(world.store, journal, world.deps.clock) }
      for (let turn = 0; turn < 2; turn += 1) {
        expect(await redeemFetchLink(deps)(nonce, 'first')).toMatchObject({ kind: 'not-yet' })
        expect([await named(), (await linkOf(nonce))?.credential]).toEqual([before, undefined])
      }
      expect(await world.read(grant, older)).toBe(200)
      isFull = false
      expect(await gives(deps, grant, nonce)).toBe(200)
      expect(await named()).toEqual([...noted].slice(-1))
      expect((await audited(grant, 'credential-failed')).map(({ detail }) => detail.code)).toEqual([
        'journal-unwritable',
        'journal-unwritable',
      ])
    })

    test('stays usable when another step took the account before a name was drawn', async () => {
      const grant = await world.grantFor(`person-${++count}`)
      const nonce = await world.open(grant)
      let isTaken = true
      const store: Store = {
        ...world.store,
        mint: async (step) => {
          if (isTaken) {
            isTaken = false
            await world.store.releaseAccount(step.held)
            const taken = await world.store.claimAccount(step.held.of, () => 'none', seconds(60))
            const answer = await world.store.mint(step)
            if (taken) await world.store.releaseAccount(taken.held)
            return answer
          }
          return world.store.mint(step)
        },
      }
      const deps: Deps = { ...world.deps, store }
      expect(await redeemFetchLink(deps)(nonce, 'first')).toMatchObject({ kind: 'not-yet' })
      expect(await gives(deps, grant, nonce)).toBe(200)
    })
  })
})
