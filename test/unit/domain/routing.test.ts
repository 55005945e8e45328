import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type PersonId, personId } from '../../../src/domain/ids.ts'
import type { Party } from '../../../src/domain/integration.ts'
import { keepingOthers, route, routesOf, withOthers, withoutPinned } from '../../../src/domain/routing.ts'
import { anIntegration, anItem, owner, requester } from '../../support/builders.ts'

const groups: Record<string, readonly PersonId[]> = {
  'group:platform': [owner],
  'group:payments': [personId('payments-lead'), requester],
  'group:alone': [requester],
}
const membersOf = (party: Party) => groups[party] ?? (party.startsWith('person:') ? [personId(party.slice(7))] : [])
const integration = anIntegration({
  resourceOwner: {
    key: 'owner',
    allow: ['group:payments', 'group:alone', 'person:dba'],
    pinned: [{ path: 'kv/root/*', owner: 'person:ciso' }],
  },
})
const ask = (tag: string | undefined, path = 'kv/apps/db', who = requester) =>
  route(integration, anItem({ path }), tag, who, membersOf)

describe('routing', () => {
  test.each([
    ['a tag on the allow-list, by bare name', 'payments', 'group:payments'],
    ['a tag on the allow-list, in full', 'group:payments', 'group:payments'],
    ['a tag with blanks around it', '  payments ', 'group:payments'],
    ['a person on the allow-list', 'person:dba', 'person:dba'],
  ])('%s decides', (_, tag, party) => {
    expect(ask(tag)).toEqual({ owners: [party], approvals: 1, by: 'tag' })
  })

  test.each([
    ['no tag', undefined],
    ['an empty tag', ''],
    ['a tag that names nobody on the allow-list', 'group:everyone'],
    ['a tag that names the requester', `person:${requester}`],
    ['a group in which only the requester is', 'alone'],
  ])('%s falls back to the owner of the integration', (_, tag) => {
    expect(ask(tag)).toEqual({ owners: ['group:platform'], approvals: 1, by: 'integration' })
  })

  test('an owner pinned in configuration wins over every tag', () => {
    expect(ask('payments', 'kv/root/aws')).toEqual({ owners: ['person:ciso'], approvals: 1, by: 'pinned' })
  })

  test('when only the requester is left, nobody decides', () => {
    expect(ask(undefined, 'kv/apps/db', owner)).toBeUndefined()
  })
})

describe('owners who cannot be reached', () => {
  const tagged = { owners: ['group:payments'], approvals: 1, by: 'tag' } as const
  const pinned = { owners: ['person:ciso'], approvals: 1, by: 'pinned' } as const
  const platform = anIntegration({ owners: ['group:platform', 'group:payments'] })

  test('are joined by those of the integration, each once', () => {
    const widened = { owners: ['group:payments', 'group:platform'], approvals: 1, by: 'unreachable' }
    expect(withOthers(tagged, platform)).toEqual(widened)
  })

  test('stay joined by them while they are the owners', () => {
    const widened = withOthers(tagged, platform)
    expect(keepingOthers(widened, tagged, platform)).toEqual(widened)
  })

  test('and the others no longer decide once somebody else owns it', () => {
    expect(keepingOthers(withOthers(tagged, integration), pinned, integration)).toEqual(pinned)
  })

  test('nobody joins owners of whom nothing like that was found', () => {
    expect(keepingOthers(tagged, tagged, platform)).toEqual(tagged)
    expect(keepingOthers(undefined, tagged, platform)).toEqual(tagged)
  })
})

describe('a folder', () => {
  const pinned = [
    { path: 'kv/root/*', owner: 'person:ciso' as const },
    { path: 'kv/root/dead', owner: 'person:dba' as const },
    { path: 'kv/apps/db', owner: 'person:dba' as const },
  ]
  const rules = anIntegration({ resourceOwner: { key: 'owner', allow: [], pinned } })
  const folder = (path: string, except?: readonly string[]) => anItem({ path, ...(except && { except }) })
  const ownersOf = (item: ReturnType<typeof anItem>, who = requester) =>
    named(routesOf(rules, item, undefined, who, membersOf))
  const named = (routes: ReturnType<typeof routesOf>) =>
    typeof routes === 'string' ? routes : routes.map(({ owners }) => owners.join())

  test.each([
    ['kv/', ['group:platform', 'person:ciso', 'person:dba']],
    ['kv/apps/', ['group:platform', 'person:dba']],
    ['kv/other/', ['group:platform']],
    ['kv/root/', ['person:ciso']],
    ['kv/root/aws/', ['person:ciso']],
    ['kv/apps/db', ['person:dba']],
  ])('%s is for %j to decide: whoever is pinned beneath is never passed over', (path, owners) => {
    expect(ownersOf(folder(path))).toEqual(owners)
  })

  test('that leaves a pinned path out asks nobody about that path', () => {
    expect(ownersOf(folder('kv/', ['kv/root/*']))).toEqual(['group:platform', 'person:dba'])
    expect(ownersOf(folder('kv/', ['kv/root/*', 'kv/apps/*']))).toEqual(['group:platform'])
    expect(ownersOf(withoutPinned(rules, folder('kv/')))).toEqual(['group:platform'])
    expect(withoutPinned(rules, folder('kv/')).except).toEqual(['kv/apps/db', 'kv/root/*'])
    expect(withoutPinned(rules, folder('kv/apps/db'))).toEqual(folder('kv/apps/db'))
  })

  test('is for nobody to decide where a path beneath is pinned to the requester alone', () => {
    expect(ownersOf(folder('kv/apps/'), personId('dba'))).toBe('nobody-to-decide')
    expect(ownersOf(folder('kv/apps/', ['kv/apps/db']), personId('dba'))).toEqual(['group:platform'])
  })

  test('has no owner where a path beneath is pinned to somebody whom no people file names', () => {
    const strange = anIntegration({
      resourceOwner: { key: 'owner', allow: [], pinned: [{ path: 'kv/a/b', owner: 'group:nobody' }] },
    })
    expect(routesOf(strange, anItem({ path: 'kv/a/' }), undefined, requester, membersOf)).toBe('no-owner')
  })
})

describe('an item whose owners nobody knows', () => {
  const strange = anIntegration({ owners: ['group:nobody', 'group:none'] })

  test('has no owner, whoever asks', () => {
    expect(routesOf(strange, anItem(), undefined, requester, membersOf)).toBe('no-owner')
  })

  test('is for nobody to decide when its requester is the only one who is known', () => {
    const mine = { ...strange, owners: ['group:nobody', 'group:alone'] as const }
    expect(routesOf(mine, anItem(), undefined, requester, membersOf)).toBe('nobody-to-decide')
  })
})

describe('an item whose policy opens more than itself', () => {
  const people = ['ann', 'bob', 'cyd'].map(personId)
  const parties = ['group:one', 'group:two', 'group:three', 'person:ann', 'person:bob'] as const
  const anyParty = fc.constantFrom<Party>(...parties)
  const anyCase = fc.record({
    groups: fc.dictionary(fc.constantFrom(...parties.slice(0, 3)), fc.subarray(people)),
    owners: fc.uniqueArray(anyParty, { minLength: 1, maxLength: 2 }),
    allow: fc.uniqueArray(anyParty, { maxLength: 3 }),
    pinned: fc.array(fc.record({ path: fc.constantFrom('kv/apps/*', 'kv/apps/db', 'kv/x'), owner: anyParty }), {
      maxLength: 2,
    }),
    item: fc.constantFrom(
      anItem(),
      anItem({ path: 'kv/apps/', type: 'management', permission: 'Admin' }),
      anItem({ path: 'kv/apps/', asked: [{ path: 'kv/apps/db', owner: 'group:two' }] }),
    ),
    tag: fc.option(fc.constantFrom('one', 'group:two', 'ann'), { nil: undefined }),
    who: fc.constantFrom(...people),
  })

  test('is never for fewer people to decide, always for the integration’s owners too, and never for its requester alone', () => {
    fc.assert(
      fc.property(anyCase, ({ groups: members, owners, allow, pinned, item, tag, who }) => {
        const [first = 'group:one', ...others] = owners
        const of = anIntegration({ owners: [first, ...others], resourceOwner: { key: 'owner', allow, pinned } })
        const inGroups = (party: Party) =>
          members[party] ?? (party.startsWith('person:') ? [personId(party.slice(7))] : [])
        const before = routesOf(of, item, tag, who, inGroups)
        const now = routesOf(of, item, tag, who, inGroups, true)
        if (typeof now === 'string') return
        expect(before).not.toBeTypeOf('string')
        expect(now).toEqual(expect.arrayContaining([...before]))
        expect(now.some((route) => [...of.owners].every((party) => route.owners.includes(party)))).toBe(true)
        for (const route of now) expect(route.owners.flatMap(inGroups).some((person) => person !== who)).toBe(true)
      }),
    )
  })

  test('is for both to decide, and for nobody where the integration is the requester’s own', () => {
    expect(routesOf(integration, anItem(), 'payments', requester, membersOf, true)).toEqual([
      { owners: ['group:payments'], approvals: 1, by: 'tag' },
      { owners: ['group:platform'], approvals: 1, by: 'reach' },
    ])
    expect(routesOf(integration, anItem(), undefined, requester, membersOf, true)).toEqual([
      { owners: ['group:platform'], approvals: 1, by: 'integration' },
    ])
    expect(routesOf(integration, anItem(), 'payments', owner, membersOf, true)).toBe('nobody-to-decide')
  })
})
