import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  exceptionsFor,
  isNarrowing,
  newExceptions,
  ownersOfExcepted,
  stillExcepting,
} from '../../../src/domain/beneath.ts'
import type { Beneath } from '../../../src/domain/connector.ts'
import { isExcepted, isNamedBy, ownerBeneath, routesOf, withoutPinned } from '../../../src/domain/routing.ts'
import { anIntegration, anItem, owner, requester } from '../../support/builders.ts'

const integration = anIntegration({
  owners: ['group:platform'],
  resourceOwner: {
    key: 'owner',
    allow: ['group:databases', 'group:payments', 'group:platform'],
    pinned: [{ path: 'kv/apps/break*', owner: 'group:security' }],
  },
})
const folder = anItem({ type: 'management', path: 'kv/apps/', permission: 'ReadWrite' })
const all: Beneath = {
  secrets: [
    { path: 'kv/apps/own' },
    { path: 'kv/apps/platform', ownerTag: 'platform' },
    { path: 'kv/apps/stranger', ownerTag: 'group:everyone' },
    { path: 'kv/apps/db', ownerTag: 'databases' },
    { path: 'kv/apps/pay', ownerTag: 'group:payments' },
    { path: 'kv/apps/breakglass', ownerTag: 'databases' },
  ],
  except: [
    { path: 'kv/apps/dark/', why: 'unlisted' },
    { path: 'kv/apps/tmp/*', why: 'excluded' },
    { path: 'kv/apps/unread', why: 'tag-unread' },
  ],
}

describe('beneath a folder', () => {
  test('other owners’ secrets and what cannot be granted are left out', () => {
    expect(exceptionsFor(integration, withoutPinned(integration, folder), all).except).toEqual([
      'kv/apps/break*',
      'kv/apps/dark/*',
      'kv/apps/db',
      'kv/apps/pay',
      'kv/apps/tmp/*',
      'kv/apps/unread',
    ])
  })

  test('the requester may ask their owners instead, but never for what is pinned', () => {
    const item = exceptionsFor(integration, folder, all, 'ask')
    expect(item.asked).toEqual([
      { path: 'kv/apps/db', owner: 'group:databases' },
      { path: 'kv/apps/pay', owner: 'group:payments' },
    ])
    expect(item.except).toEqual(['kv/apps/breakglass', 'kv/apps/dark/*', 'kv/apps/tmp/*', 'kv/apps/unread'])
  })

  test('what is new since, or has another owner since, is left out without a question', () => {
    const item = exceptionsFor(integration, folder, all, 'ask')
    const now: Beneath = {
      ...all,
      secrets: [
        { path: 'kv/apps/db', ownerTag: 'databases' },
        { path: 'kv/apps/pay', ownerTag: 'databases' },
        { path: 'kv/apps/later', ownerTag: 'databases' },
      ],
    }
    const later = stillExcepting(integration, item, now)
    expect(newExceptions(item, later)).toEqual(['kv/apps/later', 'kv/apps/pay'])
    expect(ownersOfExcepted(integration, newExceptions(item, later), now)).toEqual(['group:databases'])
    expect(later.asked).toEqual(item.asked)
  })

  test('a secret beneath a name that is left out anyway needs no exception of its own', () => {
    const beneath: Beneath = {
      secrets: [{ path: 'kv/apps/dark/db', ownerTag: 'databases' }],
      except: [
        { path: 'kv/apps/dark/deep/', why: 'unlisted' },
        { path: 'kv/apps/dark/', why: 'unlisted' },
      ],
    }
    expect(exceptionsFor(integration, folder, beneath).except).toEqual(['kv/apps/dark/*'])
  })

  test('a folder that is pinned to somebody has that owner’s secrets, and not those of the integration’s owner', () => {
    const pinned = anIntegration({
      ...integration,
      resourceOwner: {
        key: 'owner',
        allow: ['group:platform'],
        pinned: [{ path: 'kv/apps/', owner: 'group:databases' }],
      },
    })
    const secrets = [{ path: 'kv/apps/free' }, { path: 'kv/apps/platform', ownerTag: 'platform' }]
    expect(exceptionsFor(pinned, folder, { secrets, except: [] }).except).toEqual(['kv/apps/platform'])
  })
})

const names = fc.constantFrom('a', 'b', 'break1', 'x/a', 'x/y/b', 'z')
const beneath: fc.Arbitrary<Beneath> = fc.record({
  secrets: fc.uniqueArray(
    fc.record({
      path: names.map((name) => `kv/apps/${name}`),
      ownerTag: fc.constantFrom('databases', 'payments', 'platform', 'nobody'),
    }),
    { selector: ({ path }) => path },
  ),
  except: fc.array(
    fc.record({
      path: fc.constantFrom('kv/apps/x/', 'kv/apps/x/y/', 'kv/apps/z', 'kv/apps/tmp/*'),
      why: fc.constantFrom('unlisted' as const, 'excluded' as const),
    }),
    { maxLength: 3 },
  ),
})
const choice = fc.constantFrom('leave-out' as const, 'ask' as const)

describe('whatever lies beneath', () => {
  test('every secret of another owner is left out or asked for, and nothing else is', () => {
    fc.assert(
      fc.property(beneath, choice, (now, others) => {
        const item = exceptionsFor(integration, folder, now, others)
        for (const secret of now.secrets) {
          const found = ownerBeneath(integration, secret)
          const isForeign = found !== undefined && found.owner !== 'group:platform'
          const isLeftOut = item.except?.some((name) => isNamedBy(name, secret.path)) ?? false
          const isAsked =
            item.asked?.some(({ path, owner: by }) => path === secret.path && by === found?.owner) ?? false
          const isBlocked = now.except.some(({ path }) =>
            path.endsWith('/') ? secret.path.startsWith(path) : isNamedBy(path, secret.path),
          )
          expect(isLeftOut || isAsked).toBe(isForeign || isBlocked)
          expect(isLeftOut && isAsked).toBe(false)
          if (others === 'leave-out') expect(isAsked).toBe(false)
        }
        for (const { path } of now.except) expect(isExcepted(item, path.endsWith('/') ? `${path}*` : path)).toBe(true)
      }),
    )
  })

  test('a later look only adds exceptions, and a second one adds nothing', () => {
    fc.assert(
      fc.property(beneath, beneath, choice, (first, then, others) => {
        const item = exceptionsFor(integration, folder, first, others)
        const later = stillExcepting(integration, item, then)
        expect(isNarrowing([item], [later])).toBe(true)
        expect(stillExcepting(integration, later, then)).toBe(later)
        expect(stillExcepting(integration, item, first)).toBe(item)
        for (const secret of then.secrets) {
          const found = ownerBeneath(integration, secret)
          const isForeign = found !== undefined && found.owner !== 'group:platform'
          const isAsked =
            item.asked?.some(({ path, owner: by }) => path === secret.path && by === found?.owner) ?? false
          const isLeftOut = later.except?.some((name) => isNamedBy(name, secret.path)) ?? false
          if (isForeign) expect(isLeftOut || isAsked).toBe(true)
        }
      }),
    )
  })
})

describe('who decides on a folder', () => {
  const people: Record<string, readonly (typeof owner)[]> = {
    'group:platform': [owner],
    'group:databases': [owner, requester],
    'group:alone': [requester],
  }
  const membersOf = (party: string) => people[party] ?? []
  const decidersOf = (item: typeof folder, of = integration) => {
    const routes = routesOf(of, withoutPinned(of, item), undefined, requester, membersOf)
    return typeof routes === 'string' ? routes : routes.map(({ owners }) => owners.join())
  }
  const pinned = { path: 'kv/apps/*', owner: 'group:databases' as const }
  const withPin = anIntegration({
    ...integration,
    resourceOwner: { key: 'owner', allow: ['group:databases'], pinned: [pinned] },
  })

  test('is its pinned owner, else the integration’s', () => {
    expect(decidersOf(folder)).toEqual(['group:platform'])
    expect(decidersOf(folder, withPin)).toEqual(['group:databases'])
  })

  test('for Admin it is the integration’s owner too, once', () => {
    const admin = { ...folder, permission: 'Admin' }
    expect(decidersOf(admin)).toEqual(['group:platform'])
    expect(decidersOf(admin, withPin)).toEqual(['group:databases', 'group:platform'])
    expect(decidersOf({ ...admin, type: 'secret', path: 'kv/apps/x' }, withPin)).toEqual(['group:databases'])
  })

  test('owners of secrets beneath are asked as well, and the integration’s where they are nobody else', () => {
    const asked = [{ path: 'kv/apps/db', owner: 'group:databases' as const }]
    expect(decidersOf({ ...folder, asked })).toEqual(['group:platform', 'group:databases'])
    expect(decidersOf({ ...folder, asked: [{ path: 'kv/apps/db', owner: 'group:alone' }] })).toEqual(['group:platform'])
  })
})
