import { describe, expect, test } from 'vitest'
import type { AccessRequest } from '../../../src/domain/access-request.ts'
import { type PersonId, resourceId } from '../../../src/domain/ids.ts'
import type { Positions } from '../../../src/domain/routing.ts'
import { requestCard } from '../../../src/views/cards.ts'
import { confirmForm } from '../../../src/views/confirm-form.ts'
import { plainText } from '../../../src/views/copy-time.ts'
import { itemsView } from '../../../src/views/dialogs.ts'
import { requestFormErrors } from '../../../src/views/form-errors.ts'
import { requestForm } from '../../../src/views/forms.ts'
import { entryText } from '../../../src/views/lists.ts'
import type { MessageView } from '../../../src/views/view-model.ts'
import { active, at, context, nameOf, pending } from './subjects.ts'

/** A pending request for so many secrets; the first owner has the even ones, the second the odd ones. */
const asking = (count: number, more: Partial<AccessRequest> = {}) => {
  const items = Array.from({ length: count }, (_, index) => ({
    ...{ resource: resourceId(`r${index}`), type: 'secret', path: `kv/apps/service-${index}`, permission: 'read' },
  }))
  const even = items.flatMap((_, index) => (index % 2 === 0 ? [index] : []))
  const odd = items.flatMap((_, index) => (index % 2 === 1 ? [index] : []))
  const by = 'tag' as const
  return {
    request: {
      ...pending,
      items: items as unknown as AccessRequest['items'],
      requirements: [
        { owners: ['group:databases' as const], approvals: 2, by, for: even },
        { owners: ['group:payments' as const], approvals: 2, by, for: odd },
      ],
      ...more,
    } as AccessRequest,
  }
}
const owner = 'owner' as PersonId
const valuesOf = ({ fields }: Pick<MessageView, 'fields'>, label: string) =>
  fields.filter((field) => field.label === label).map(({ value }) => plainText(value))
/** The lines of a card beneath a group's name; without a name, those before any. */
const linesOf = (card: MessageView, group?: string): readonly string[] => {
  const lines = (card.lines ?? []).map(plainText)
  const start = group === undefined ? 0 : lines.indexOf(group) + 1
  const rest = group !== undefined && start === 0 ? [] : lines.slice(start)
  const end = rest.findIndex((line) => !line.startsWith('• '))
  return (end === -1 ? rest : rest.slice(0, end)).map((line) => line.slice(2))
}
const cardOf = (subject: ReturnType<typeof asking>, own?: Positions) =>
  requestCard(subject, { ...context('owner'), ...(own && { own }) })
const labelsOf = ({ actions }: Pick<MessageView, 'actions'>) => actions.map(({ label }) => label)

describe('the card of a request for several items', () => {
  test('tells apart what its reader decides on and what others do', () => {
    const card = cardOf(asking(3), [0, 2])
    expect(linesOf(card, 'You decide')).toEqual(['read kv/apps/service-0', 'read kv/apps/service-2'])
    expect(linesOf(card, 'Others decide')).toEqual(['read kv/apps/service-1'])
  })

  test('counts the approvals of each requirement, and names what it is for', () => {
    const decisions = [{ by: owner, verdict: 'approve', at: at(1), part: { items: [0, 2], plan: 'hash' } }] as const
    expect(cardOf(asking(3, { decisions })).lines?.map(plainText).slice(3)).toEqual([
      'Approved by Owner of the database 2026-11-23 14:01 UTC, for kv/apps/service-0, kv/apps/service-2.',
      'Still waiting until 2026-11-23 15:00 UTC (1 hour) for group databases (named by the owner tag of the resource), 1 of 2 approvals so far, for kv/apps/service-0, kv/apps/service-2.',
      'And for group payments (named by the owner tag of the resource), 0 of 2 approvals so far, for kv/apps/service-1.',
    ])
  })

  test('waits only for those who have not decided, for what is still open', () => {
    const decisions = [
      { by: owner, verdict: 'approve', at: at(1), part: { items: [0, 2], plan: 'hash' } },
      { by: 'second' as PersonId, verdict: 'approve', at: at(1), part: { items: [0], plan: 'hash' } },
    ] as const
    const people = { 'group:databases': [owner, 'second' as PersonId], 'group:payments': ['third' as PersonId] }
    const peopleOf = (party: string) => people[party as keyof typeof people] ?? []
    const lines = (more: Partial<AccessRequest>) =>
      requestCard(asking(3, more), { ...context('owner'), peopleOf })
        .lines?.map(plainText)
        .filter((line) => /waiting|And/i.test(line))
    expect(lines({ decisions })).toEqual([
      expect.stringMatching(/^Still waiting until .* for group databases .*, for kv\/apps\/service-2\.$/),
      expect.stringMatching(/^And for group payments .*, for kv\/apps\/service-1\.$/),
    ])
    const denial = { by: 'third' as PersonId, verdict: 'deny', note: 'No.', at: at(2), part: { items: [1] } } as const
    expect(lines({ decisions: [...decisions, denial] })).toEqual([expect.stringContaining('for kv/apps/service-2.')])
  })

  test('denied whole says so: nothing was given', () => {
    const decisions = [{ by: owner, verdict: 'deny', note: 'No.', at: at(1), part: { items: [0] } }] as const
    const denied = { decisions, allOrNothing: true, state: 'denied', at: at(1), by: owner, note: 'No.' } as const
    const subject = asking(2, denied as Partial<AccessRequest>)
    const card = requestCard(subject, context('requester'))
    expect(plainText(card.headline ?? [])).toBe(
      'all 2 things at main-vault denied by Owner of the database 2026-11-23 14:01 UTC: all or nothing was wanted',
    )
    expect(linesOf(card, 'Denied')).toEqual(['read kv/apps/service-0'])
    expect(linesOf(card, 'Not given either')).toEqual(['read kv/apps/service-1'])
    expect(plainText(entryText(subject, nameOf))).toContain(
      'read kv/apps/service-0, read kv/apps/service-1 at main-vault',
    )
  })

  test('says what was denied, and gives nobody buttons who has nothing to decide', () => {
    const decisions = [{ by: owner, verdict: 'deny', note: 'No.', at: at(1), part: { items: [0, 2] } }] as const
    const card = cardOf(asking(3, { decisions }), [])
    expect(linesOf(card, 'Denied')).toEqual(['read kv/apps/service-0', 'read kv/apps/service-2'])
    expect(labelsOf(card)).toEqual(['Show the policy'])
  })

  test('names five, counts the others, and its button opens the list', () => {
    const card = cardOf(asking(9))
    expect(linesOf(card)).toHaveLength(5)
    expect(card.lines?.map(plainText)).toContain('and 4 more: press “Show all 9”')
    expect(labelsOf(card)).toContain('Show all 9')
    expect(card.summary).toContain('asks for 9 things')
    expect(itemsView(asking(9)).fields).toHaveLength(9)
    expect(labelsOf(cardOf(asking(6)))).not.toContain('Show all 6')
  })

  test('of an access shows what is given, and what was denied beside it', () => {
    const decisions = [{ by: owner, verdict: 'deny', note: 'No.', at: at(1), part: { items: [1] } }] as const
    const { request } = asking(2, { decisions })
    const grant = active

    const card = requestCard(
      {
        request: { ...request, state: 'approved', at: at(2) } as AccessRequest,
        grant: { ...grant, items: [request.items[0]] },
      },
      context('access'),
    )
    expect(linesOf(card)).toEqual(['read kv/apps/service-0'])
    expect(linesOf(card, 'Denied')).toEqual(['read kv/apps/service-1'])
  })

  test('whoever owns nothing of what is given cannot end it', () => {
    const grant = active
    const { request } = asking(2)

    const subject = { request: { ...request, state: 'approved', at: at(2) } as AccessRequest, grant }
    expect(labelsOf(requestCard(subject, context('owner')))).toContain('Revoke')
    expect(labelsOf(requestCard(subject, { ...context('owner'), isBystander: true }))).not.toContain('Revoke')
  })
})

describe('the dialog of a decision', () => {
  const part = { items: [0, 2, 4, 6, 8], plan: 'hash' }
  const { audience: _, ...about } = context('owner')
  const form = confirmForm({ do: 'approve', request: pending.id }, { ...asking(10), part }, about)

  test('names every item, however many there are', () => {
    const shown = { fields: form.fields ?? [] }
    expect([...valuesOf(shown, 'You decide'), ...valuesOf(shown, 'Others decide')]).toHaveLength(10)
    expect(valuesOf(shown, 'And')).toEqual([])
  })

  test('says that access waits for the others', () => {
    expect(form.notes.map(plainText)).toContain(
      'Access starts once everybody who must decide has done so, and ends by itself.',
    )
  })

  test('carries what it showed, so that nothing else is decided', () => {
    expect(form.submit?.command).toMatchObject({ form: 'confirm', seen: part })
  })
})

describe('the request form', () => {
  const { integration } = context('owner')
  if (!integration) throw new Error('there is no integration')
  const chosen = ['kv/apps/db', 'kv/apps/mail'].map((path, index) => ({
    resource: {
      ...{ id: resourceId(`r${index}`), integration: integration.id, type: 'secret', path },
      ...{ permissions: ['read', 'write'], seenAt: at(0) },
    },
  }))
  const state = { draft: 'd1', integrations: [integration], integration }

  test('asks for a permission on each resource, and what a denial of a part means where owners differ', () => {
    const owned = { ...integration, resourceOwner: { key: 'owner', allow: [], pinned: [] } }
    const labels = requestForm({ ...state, integration: owned, chosen }).inputs.map(({ label }) => label)
    expect(labels).toEqual([
      'What',
      'Permission on kv/apps/db',
      'Permission on kv/apps/mail',
      'If an owner denies a part',
      'How long',
      'Why',
    ])
    const { resourceOwner: _, ...same } = owned
    const plain = requestForm({ ...state, integration: same, chosen }).inputs.map(({ label }) => label)
    expect(plain).toEqual(labels.filter((label) => label !== 'If an owner denies a part'))
    expect(requestForm({ ...state, chosen: chosen.slice(0, 1) }).inputs.map(({ label }) => label)).toEqual([
      'What',
      'Permission',
      'How long',
      'Why',
    ])
  })

  test('shows a refusal beside the menu with the item that it is about', () => {
    expect(requestFormErrors({ code: 'no-such-permission', permission: 'write', item: 'kv/apps/mail' })).toEqual({
      resource: 'About kv/apps/mail: The permission write is not offered for this resource. Pick one from the list.',
    })
  })
})
