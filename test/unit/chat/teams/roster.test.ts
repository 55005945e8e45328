import { describe, expect, test } from 'vitest'
import type { Member, MemberPage } from '../../../../src/chat/teams/connector/connector.ts'
import { newConversations } from '../../../../src/chat/teams/connector/conversations.ts'
import { encodeReference } from '../../../../src/chat/teams/connector/reference.ts'
import { newReferences } from '../../../../src/chat/teams/connector/references.ts'
import { askTeams, fullNameOf, reachOf } from '../../../../src/chat/teams/connector/roster.ts'
import { ExternalError } from '../../../../src/ports.ts'
import { newHandClock } from '../../../support/hand-clock.ts'

const tenant = 'b0000000-0000-4000-8000-00000000000b'
const partner = 'c0000000-0000-4000-8000-00000000000c'
const subject = 'd0000000-0000-4000-8000-00000000000d'
const identity = { platform: 'teams', tenant, subject } as const
const serviceUrl = 'https://smba.trafficmanager.net/emea/'
const reference = { serviceUrl, user: '29:1', tenant }
const ordinary: Member = { id: '29:1', name: 'DBA on call', aadObjectId: subject, tenantId: tenant, userRole: 'user' }
const refusal = (code: string, transient = false) => new ExternalError(code, code, { transient })

type World = {
  readonly member?: Member | ExternalError
  readonly opening?: ExternalError
  readonly row?: string | undefined
  readonly tenants?: readonly string[]
}
const stage = ({ member = ordinary, opening, row = encodeReference(reference), tenants = [tenant] }: World = {}) => {
  const calls: string[] = []
  const clock = newHandClock()
  const connector = {
    open: async (at: string, user: string, of: string) => {
      calls.push(`open ${at} ${user} ${of}`)
      if (opening) throw opening
      return 'a:1'
    },
    member: async ({ conversation }: { readonly conversation: string }, user: string) => {
      calls.push(`member ${conversation} ${user}`)
      if (member instanceof ExternalError) throw member
      return member
    },
  }
  const references = newReferences({ conversationOf: async () => row })
  const conversations = newConversations(connector, clock)
  const deps = { settings: { tenants }, connector, conversations, references }
  return { ...deps, calls, clock, ask: askTeams(deps), nameOf: fullNameOf(deps) }
}
const notAdmitted = (why: string) => ({ ok: false, refusal: { code: 'not-admitted', why } })

describe('whether Teams has an account as an ordinary one', () => {
  test('is read in the roster of the personal conversation', async () => {
    const { ask, calls } = stage()
    expect(await ask(identity)).toMatchObject({ ok: true })
    expect(calls).toEqual([`open ${serviceUrl} 29:1 ${tenant}`, 'member a:1 29:1'])
  })

  test.each([
    ['a guest', { userRole: 'guest' }, 'guest'],
    ['somebody in a meeting without an account', { userRole: 'anonymous' }, 'guest'],
    ['a member of another tenant', { tenantId: partner }, 'external'],
    ['another object id', { aadObjectId: partner }, 'external'],
    ['another object id by its older name', { aadObjectId: undefined, objectId: partner }, 'external'],
  ])('%s is not', async (_, member, why) => {
    expect(await stage({ member: { ...ordinary, ...member } }).ask(identity)).toMatchObject(notAdmitted(why))
  })

  test('a member of a served tenant who acts in a conversation of another served one is not: the account has two names', async () => {
    const member = { ...ordinary, tenantId: partner }
    expect(await stage({ member, tenants: [tenant, partner] }).ask(identity)).toMatchObject(notAdmitted('external'))
  })

  test('a guest by the address that Entra gives guests is not, where the roster has no role', async () => {
    const address = 'dba_partner.example#EXT#@home.onmicrosoft.com'
    const { userRole: _, ...member } = { ...ordinary, userPrincipalName: address }
    expect(await stage({ member }).ask(identity)).toMatchObject(notAdmitted('guest'))
    expect(await stage({ member: { ...member, userRole: 'user' } }).ask(identity)).toMatchObject({ ok: true })
  })

  test('ids in upper case, and a roster that says little, are no reason to refuse', async () => {
    const upper = { ...ordinary, tenantId: tenant.toUpperCase(), aadObjectId: subject.toUpperCase() }
    expect(await stage({ member: upper }).ask(identity)).toMatchObject({ ok: true })
    expect(await stage({ member: { id: '29:1' } as Member }).ask(identity)).toMatchObject({ ok: true })
  })

  test('a member who is gone from the roster, or whose conversation cannot be opened for that reason, is deactivated', async () => {
    const gone = refusal('MemberNotFoundInConversation')
    expect(await stage({ member: gone }).ask(identity)).toMatchObject(notAdmitted('deactivated'))
    expect(await stage({ opening: gone }).ask(identity)).toMatchObject(notAdmitted('deactivated'))
  })

  test('an account of a tenant that is not served is refused without a call', async () => {
    const { ask, calls } = stage()
    expect(await ask({ ...identity, tenant: partner })).toMatchObject(notAdmitted('other-workspace'))
    expect(calls).toEqual([])
  })

  test.each([undefined, 'no reference of ours'])(
    'an account that never acted is admitted: nothing is known',
    async (row) => {
      const { ask, calls, nameOf } = stage(row === undefined ? { row: '' } : { row })
      expect(await ask(identity)).toMatchObject({ ok: true })
      expect(await nameOf(identity)).toBeUndefined()
      expect(calls).toEqual([])
    },
  )

  test.each([
    ['the app is removed', refusal('BotNotInConversationRoster')],
    ['the person blocked the app', refusal('ConversationBlockedByUser')],
    ['the conversation is gone', refusal('ConversationNotFound')],
    ['Teams is away', refusal('chat-unavailable', true)],
  ])('while %s there is no answer, and nobody slips through', async (_, error) => {
    await expect(stage({ member: error }).ask(identity)).rejects.toBe(error)
    await expect(stage({ opening: error }).ask(identity)).rejects.toBe(error)
  })

  test('a newcomer is asked about by the reference that their action brought', async () => {
    const { ask, references } = stage({ row: '', member: { ...ordinary, userRole: 'guest' } })
    references.remember(identity, reference)
    expect(await ask(identity)).toMatchObject(notAdmitted('guest'))
  })

  test('the roster also has the name, but not of an account that is gone', async () => {
    expect(await stage().nameOf(identity)).toBe('DBA on call')
    expect(await stage({ member: refusal('MemberNotFoundInConversation') }).nameOf(identity)).toBeUndefined()
  })
})

describe('the personal conversation', () => {
  test('is opened once an hour for all who need it', async () => {
    const { conversations, calls, clock } = stage()
    await Promise.all([conversations.of(reference), conversations.of({ ...reference })])
    await clock.advance(3_599_000)
    await conversations.of(reference)
    expect(calls).toHaveLength(1)
    await clock.advance(1_000)
    await conversations.of(reference)
    expect(calls).toHaveLength(2)
  })

  test('is opened anew after a refusal, and by a newer reference', async () => {
    const { conversations, calls } = stage()
    await conversations.of(reference)
    conversations.forget(reference)
    await conversations.of(reference)
    await conversations.of({ ...reference, serviceUrl: 'https://smba.trafficmanager.net/amer/' })
    expect(calls).toHaveLength(3)
  })

  test('that is refused is asked for again after ten seconds, and at once where Teams was only away', async () => {
    const refused = stage({ opening: refusal('BotNotInConversationRoster') })
    for (const pause of [0, 9_000, 1_000]) {
      await refused.clock.advance(pause)
      await expect(refused.conversations.of(reference)).rejects.toMatchObject({ code: 'BotNotInConversationRoster' })
    }
    expect(refused.calls).toHaveLength(2)
    const away = stage({ opening: refusal('chat-unreachable', true) })
    await expect(away.conversations.of(reference)).rejects.toMatchObject({ transient: true })
    await away.clock.advance(0)
    await expect(away.conversations.of(reference)).rejects.toMatchObject({ transient: true })
    expect(away.calls).toHaveLength(2)
  })
})

describe('who reads along in a channel', () => {
  const reach = (...pages: readonly (readonly Partial<Member>[] | ExternalError)[]) => {
    let page = 0
    const members = async (): Promise<MemberPage> => {
      const now = pages[page]
      page += 1
      if (now instanceof ExternalError) throw now
      const all = (now ?? []).map((one) => ({ ...ordinary, ...one }) as Member)
      return { members: all, ...(page < pages.length && { next: String(page) }) }
    }
    return reachOf({ settings: { tenants: [tenant] }, connector: { members }, serviceUrl }, '19:abc@thread.tacv2')
  }
  test('are our own people where the roster says so of everybody', async () => {
    expect(await reach([{}, {}], [{}])).toBe('inside')
  })
  test.each([
    ['a guest', { userRole: 'guest' }],
    ['an unnamed one', { userRole: 'anonymous' }],
    ['a member of another tenant', { tenantId: partner }],
  ])('are others with %s on any page', async (_, member) => {
    expect(await reach([{}], [{}, member])).toBe('outside')
    expect(await reach([{ userRole: undefined }, member])).toBe('outside')
  })
  test('is unknown where the roster says too little, is empty, endless or refused', async () => {
    expect(await reach([{}], [{ tenantId: undefined }], [{}])).toBe('unknown')
    expect(await reach([{ userRole: undefined }], [{}])).toBe('unknown')
    expect(await reach([])).toBe('unknown')
    expect(await reach(...Array.from({ length: 60 }, () => [{}]))).toBe('unknown')
    expect(await reach(refusal('BotNotInConversationRoster'))).toBe('unknown')
  })
  test('is asked again while Teams is away, or refuses the app itself: that says nothing about the channel', async () => {
    await expect(reach([{}], refusal('chat-unavailable', true))).rejects.toMatchObject({ transient: true })
    await expect(reach(refusal('AADSTS7000222'))).rejects.toMatchObject({ code: 'AADSTS7000222' })
  })
})
