import { afterEach, describe, expect, test } from 'vitest'
import type { UseCases } from '../../src/app/use-cases.ts'
import { accept, refuse } from '../../src/domain/refusal.ts'
import type { TeamsSimulatorOptions } from '../../src/simulator/teams/options.ts'
import {
  accessChannel,
  directToTeams,
  oid,
  type TeamsStage,
  teamsStage,
  teamsUseCases,
} from '../support/teams-stage.ts'
import { accessCard, cancelledCard, ownerCard, request, requesterCard, seen } from './chat-fakes.ts'

let running: TeamsStage | undefined
afterEach(async () => {
  await running?.stop()
  running = undefined
})

const channel = { to: 'channel', channel: { platform: 'teams', id: accessChannel } } as const

const play = async (overrides: Partial<UseCases> = {}, options: Partial<TeamsSimulatorOptions> = {}) => {
  running = await teamsStage(teamsUseCases(overrides), options)
  const { teams } = running
  const written = () => ['sendToConversation', 'updateActivity'].flatMap((method) => teams.calls(method)).length
  return { ...running, written, boss: teams.person(oid.owner), dev: teams.person(oid.dev) }
}

describe('a button of a card in a channel', () => {
  test('shows its form to the presser alone, in the place of the card, and then the card as it is now', async () => {
    const { chat, boss, dev, useCases, written } = await play({ cardView: async () => accept(cancelledCard) })
    await chat.platform.post(channel, ownerCard)
    const card = await boss.waitForMessage('asks', accessChannel)
    const before = written()
    expect(await boss.press(card, 'Approve')).toMatchObject({ isInPlace: true })
    expect(boss.textOf(card)).toContain('Approve this access?')
    expect(dev.textOf(card)).not.toContain('Approve this access?')
    expect(useCases.calls).toEqual([])
    expect(await boss.press(card, 'Approve')).toMatchObject({ isInPlace: true })
    expect(useCases.calls).toMatchObject([{ verb: 'decideRequest' }])
    expect(boss.textOf(card)).toContain('ancelled')
    expect(written()).toBe(before)
  })

  test('leads back without a change', async () => {
    const { chat, boss, useCases } = await play({ cardView: async () => accept(ownerCard) })
    await chat.platform.post(channel, ownerCard)
    const card = await boss.waitForMessage('asks', accessChannel)
    await boss.press(card, 'Approve')
    await boss.press(card, 'Not now')
    expect(boss.textOf(card)).toContain('Approve')
    expect(boss.textOf(card)).not.toContain('Approve this access?')
    expect(useCases.calls).toEqual([])
  })

  test('shows what is missing beside the field, and keeps the rest', async () => {
    const { chat, boss, useCases } = await play()
    await chat.platform.post(channel, ownerCard)
    const card = await boss.waitForMessage('asks', accessChannel)
    await boss.press(card, 'Deny')
    const [field] = boss.fieldsOf(card)
    boss.fill(field?.label ?? '', 'no', { in: card })
    await boss.press(card, 'Deny')
    expect(boss.textOf(card)).toContain('Say why in at least')
    expect(boss.fieldsOf(card)[0]?.value).toBe('no')
    expect(useCases.calls).toEqual([])
    boss.fill(boss.fieldsOf(card)[0]?.label ?? '', 'ask again on Monday', { in: card })
    await boss.press(card, 'Deny')
    expect(useCases.calls).toMatchObject([{ verb: 'decideRequest' }])
  })

  test('tells a refusal to the presser alone', async () => {
    const { chat, dev, teams } = await play({ mayDecide: async () => refuse({ code: 'own-request' }) })
    await chat.platform.post(channel, ownerCard)
    const card = await dev.waitForMessage('asks', accessChannel)
    await dev.press(card, 'Approve')
    expect(dev.notices()).toHaveLength(1)
    expect(teams.person(oid.owner).notices()).toEqual([])
  })

  test('tells a refusal after the form in the place of the form, with a way back', async () => {
    const { chat, boss } = await play({
      decideRequest: async () => refuse({ code: 'own-request' }),
      cardView: async () => accept(cancelledCard),
    })
    await chat.platform.post(channel, ownerCard)
    const card = await boss.waitForMessage('asks', accessChannel)
    await boss.press(card, 'Approve')
    await boss.press(card, 'Approve')
    expect(boss.textOf(card)).not.toContain('Approve this access?')
    await boss.press(card, 'Back')
    expect(boss.textOf(card)).toContain('ancelled')
  })

  test('is refused elsewhere than where we put it', async () => {
    const { chat, boss, useCases } = await play({ checkPress: async () => refuse({ code: 'foreign-message' }) })
    await chat.platform.post(channel, ownerCard)
    const card = await boss.waitForMessage('asks', accessChannel)
    await boss.press(card, 'Approve')
    expect(boss.inPlace(card)).toBeUndefined()
    expect(useCases.calls).toEqual([])
    expect(useCases.refusals).toMatchObject([{ refusal: { code: 'foreign-message' } }])
  })

  test('names its message without the thread that Teams adds', async () => {
    const places: unknown[] = []
    const { chat, boss } = await play({
      checkPress: async ({ message }) => {
        places.push(message)
        return accept(undefined)
      },
    })
    const posted = await chat.platform.post(channel, ownerCard)
    await boss.press(await boss.waitForMessage('asks', accessChannel), 'Approve')
    expect(places).toEqual([posted])
  })
})

describe('a form that another program posts as the bot', () => {
  const toForm = (change: object, more: object = {}) => ({
    ...{
      type: 'AdaptiveCard',
      version: '1.5',
      body: [{ type: 'TextBlock', text: 'Your access ends soon', wrap: true }],
    },
    actions: [
      {
        ...{ type: 'Action.Execute', title: 'Keep it', verb: 'form' },
        data: { form: JSON.stringify({ form: 'confirm', change }), act: 'send', ...more },
      },
    ],
  })
  const approval = { do: 'approve', request: request.id }
  const posted = async ({ postAsBot }: Pick<TeamsStage, 'postAsBot'>, content: object) => {
    const attachments = [{ contentType: 'application/vnd.microsoft.card.adaptive', content }]
    const path = `v3/conversations/${encodeURIComponent(accessChannel)}/activities`
    expect((await postAsBot(path, { type: 'message', attachments })).ok).toBe(true)
  }

  test.each([
    ['without a seal', {}],
    ['with a seal that is none', { seal: `${Date.now() + 60_000}.made-up` }],
    ['that names a card of ours', { back: { card: 'c1' } }],
  ])('changes nothing by a press, %s', async (_, more) => {
    const stage = await play({ cardView: async () => accept(ownerCard) })
    await posted(stage, toForm(approval, more))
    const { boss, useCases } = stage
    const card = await boss.waitForMessage('ends soon', accessChannel)
    await boss.press(card, 'Keep it')
    expect(useCases.calls).toEqual([])
    expect(useCases.refusals).toMatchObject([{ refusal: { code: 'foreign-message' } }])
    expect(boss.textOf(card)).toContain('does not update this message for you')
  })

  test('changes nothing with what Latchkey drew for somebody else, or for something else', async () => {
    const stage = await play()
    const { chat, boss, dev, useCases } = stage
    await chat.platform.post(channel, ownerCard)
    const card = await boss.waitForMessage('asks', accessChannel)
    await boss.press(card, 'Approve')
    const drawn = boss.inPlace(card)?.actions?.find(({ verb }) => verb === 'form')?.data as { seal: string }
    expect(drawn.seal).toMatch(/^\d+\.[\w-]{43}$/)
    await posted(stage, toForm(approval, { seal: drawn.seal }))
    await dev.press(await dev.waitForMessage('ends soon', accessChannel), 'Keep it')
    await posted(stage, toForm({ do: 'revoke', grant: 'g1' }, { seal: drawn.seal, note: 'a note of no person' }))
    const last = boss.messages(accessChannel).at(-1)
    if (last) await boss.press(last, 'Keep it')
    expect(useCases.calls).toEqual([])
    expect(useCases.refusals).toHaveLength(2)
  })
})

describe('somebody without the app of their own', () => {
  test('can decide in a channel, whose roster tells who they are', async () => {
    const { chat, boss, teams, useCases } = await play()
    teams.setPerson(oid.owner, { hasApp: false })
    await chat.platform.post(channel, ownerCard)
    const card = await boss.waitForMessage('asks', accessChannel)
    await boss.press(card, 'Approve')
    await boss.press(card, 'Approve')
    expect(useCases.calls).toMatchObject([{ verb: 'decideRequest' }])
  })

  test('is refused there as a guest', async () => {
    const { chat, teams, useCases } = await play()
    teams.setPerson(oid.guest, { hasApp: false })
    await chat.platform.post(channel, ownerCard)
    const guest = teams.person(oid.guest)
    await guest.press(await guest.waitForMessage('asks', accessChannel), 'Approve')
    expect(guest.notices()[0]?.text).toContain('Guests cannot use Latchkey')
    expect(useCases.calls).toEqual([])
  })

  test('who types in a channel reads what to do, once, and never the answer', async () => {
    const { boss, teams } = await play()
    teams.setPerson(oid.owner, { hasApp: false })
    await boss.say('mine', accessChannel)
    const hint = await boss.waitForMessage('Add the app Latchkey for yourself', accessChannel)
    expect(boss.textOf(hint)).not.toContain('kv/apps/db')
    await boss.say('mine', accessChannel)
    await boss.say('status', accessChannel)
    await expect.poll(() => teams.calls('createConversation').length).toBeGreaterThan(0)
    expect(teams.messages(accessChannel).filter((each) => each.cards.length > 0)).toHaveLength(1)
  })
})

test('a refresh shows the card as it is now to one person, and writes nothing', async () => {
  const { chat, boss, dev, written } = await play({ cardView: async () => accept(cancelledCard) })
  await chat.platform.post(channel, ownerCard)
  const card = await boss.waitForMessage('asks', accessChannel)
  const before = written()
  for (const person of [boss, dev]) {
    await person.refresh(card)
    expect(person.textOf(card)).toContain('ancelled')
  }
  expect(written()).toBe(before)
})

describe('a button with a dialog', () => {
  test('shows the one-time link in a dialog, never in the chat', async () => {
    const { chat, dev, teams } = await play()
    await dev.say('help')
    await dev.waitForMessage('request')
    await chat.platform.post(directToTeams('dev'), accessCard, await running?.reference('dev'))
    await dev.press(await dev.waitForMessage('Get my one-time link'), 'Get my one-time link')
    expect((await dev.waitForView('Your one-time link')).text).toContain('nonce-of-this-test')
    expect(
      teams
        .messages()
        .map((each) => teams.textOf(each))
        .join('\n'),
    ).not.toContain('nonce-of-this-test')
  })
})

describe('a list in the personal chat', () => {
  test('has working buttons, which open a dialog and leave the list as it is', async () => {
    const { boss, useCases } = await play({
      accessOf: async () => [],
      decisionsFor: async () => ({ shown: [{ request, part: seen }], hasMore: false }),
    })
    await boss.say('mine')
    const list = await boss.waitForMessage('Waits for you')
    await boss.press(list, 'Approve')
    expect(boss.view()?.title).toBe('Approve this access?')
    await boss.submit('Approve')
    expect(useCases.calls).toMatchObject([{ verb: 'decideRequest' }])
    expect(boss.view()).toBeUndefined()
    expect(boss.notices().map(({ text }) => text)).toContainEqual(expect.stringContaining('You approved it.'))
    expect(boss.textOf(list)).toContain('Waits for you')
  })

  test('of another person does not work', async () => {
    const { boss, dev, useCases } = await play({ accessOf: async () => [{ request }] })
    await dev.say('mine')
    const list = await dev.waitForMessage('Your access')
    await boss.say('mine')
    const own = await boss.waitForMessage('Your access')
    const [, press = ''] = JSON.stringify(dev.cardsOf(list)).match(/"press":"((?:[^"\\]|\\.)*)"/) ?? []
    const change = <T extends object>(activity: T): T => ({
      ...activity,
      value: { data: { press: JSON.parse(`"${press}"`) } },
    })
    await boss.press(own, 'Cancel request', { change })
    expect(boss.inPlace(own)).toBeUndefined()
    expect(useCases.refusals).toMatchObject([{ refusal: { code: 'foreign-message' } }])
  })
})

test('a newcomer reads what an administrator adds, and sends it to them', async () => {
  const { teams, useCases } = await play()
  const person = teams.person(oid.newcomer)
  await person.say('mine')
  const told = await person.waitForMessage('does not know you yet')
  expect(person.textOf(told)).toContain('New colleague')
  await person.press(told, 'Ask the administrators')
  expect(useCases.calls).toMatchObject([{ verb: 'askAdministrators', args: [{ identity: { subject: oid.newcomer } }] }])
  expect(person.notices()[0]?.text).toContain('The lines went to')
})

describe('work that takes longer than Teams waits', () => {
  test('is answered by a sentence, and then in the personal chat', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const { chat, boss, teams } = await play({
      mayDecide: async () => promise.then(() => refuse({ code: 'own-request' })),
    })
    await boss.say('help')
    await boss.waitForMessage('request')
    await chat.platform.post(channel, ownerCard)
    const card = await boss.waitForMessage('asks', accessChannel)
    expect(await boss.press(card, 'Approve')).toMatchObject({ ok: true })
    expect(boss.notices()[0]?.text).toContain('This takes longer')
    const before = boss.inbox().length
    resolve()
    await expect.poll(() => boss.inbox().length).toBe(before + 1)
    expect(teams.messages(accessChannel)).toHaveLength(1)
  }, 15_000)

  test('closes its form in time, and goes on', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const { chat, boss } = await play({
      decideRequest: async () => promise.then(() => refuse({ code: 'own-request' })),
      cardView: async () => accept(requesterCard),
    })
    await chat.platform.post(channel, ownerCard)
    const card = await boss.waitForMessage('asks', accessChannel)
    await boss.press(card, 'Approve')
    expect(await boss.press(card, 'Approve')).toMatchObject({ ok: true, isInPlace: true })
    expect(boss.textOf(card)).not.toContain('Approve this access?')
    resolve()
    await expect.poll(() => boss.inbox()).not.toEqual([])
  }, 15_000)
})

test('a delivery whose answer was lost on its way acts once, and shows its answer', async () => {
  const { teams, dev, useCases } = await play()
  await dev.openExtension('requestAccess', { from: 'compose' })
  await dev.pick('What', 'kv/apps/mail · secret · owner: Owner of the database', { typed: 'mail' })
  dev.fill('Why', 'the mails of customers are stuck')
  teams.faults.loseAnswer('delivery')
  expect(await dev.submit()).toMatchObject({ closed: true, ok: true })
  expect(useCases.calls).toMatchObject([{ verb: 'submitRequest' }])
})

test('an old client gets its form as a dialog', async () => {
  const { chat, boss, teams, useCases } = await play()
  teams.setPerson(oid.owner, { client: 'old' })
  await chat.platform.post(channel, ownerCard)
  await boss.press(await boss.waitForMessage('asks', accessChannel), 'Approve')
  await boss.waitForView('Approve this access?')
  expect(await boss.submit()).toMatchObject({ closed: true })
  expect(useCases.calls).toMatchObject([{ verb: 'decideRequest' }])
})

test('typed words are answered after many cards in the same chat, and not left without an answer', async () => {
  const { chat, dev, teams, reference } = await play()
  await dev.say('help')
  await dev.waitForMessage('request')
  const known = await reference('dev')
  const post = () => chat.platform.post(directToTeams('dev'), ownerCard, known)
  await Promise.all([post(), post(), post(), post(), post(), post()])
  const last = post().catch(() => undefined) // waits for its turn; the outbox would send it again
  const { id } = await dev.say('mine')
  await teams.until(() => dev.inbox().find(({ replyToId }) => replyToId === id), 15_000)
  await last
})
