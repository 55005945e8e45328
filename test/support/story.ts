import { slackUsers, team } from '../../src/demo/example.ts'
import { newBrowser, readSecret, unwrap } from '../../src/demo/person.ts'
import type { World } from '../../src/demo/world.ts'
import { eventually } from './eventually.ts'
import { type Hands, type PressHow, pressAndAnswer, type SeenMessage, untilOpened, untilSent } from './hands.ts'
import { type CardRecord, type RequestRecord, recordsOf } from './records.ts'
import { type Stage, stageOf } from './stage.ts'

/** Somebody at the chat, with the key in the people file. */
export type Actor = { readonly key: string; readonly hands: Hands }

/** What is asked for; the length is a label of the form, the shortest offered one by default. */
export type Wish = { readonly path?: string; readonly length?: string; readonly reason?: string }

export type Story = ReturnType<typeof storyIn>

/** A second team with one owner: what a world needs for it, and the owner in a story. */
export const paymentsTeam = {
  more: {
    users: [{ id: 'U0PAYMENTS', name: 'payments', realName: 'Payments owner' }],
    people: { 'payments-owner': { name: 'Payments owner', slack: [`${team.id}/U0PAYMENTS`] } },
    groups: { payments: ['payments-owner'] },
  },
  actor: (story: Story): Actor => story.actor('U0PAYMENTS', 'payments-owner'),
}

export const orders = 'kv/apps/orders/database'
export const billing = 'kv/apps/billing/database'
/** Its owner tag is missing, so the integration's owners decide. */
export const ordersApi = 'kv/apps/orders/api'

const patience = 60_000

/** The steps of stories in a world: what people do, what they see, and what the records say. */
export const storyIn = (
  world: World,
  stage: Stage = stageOf(world),
  database: string | (() => string) = world.files.database,
) => {
  const { vault } = world
  const records = recordsOf(database)
  /** Somebody by the account in Slack, wherever they are in this world. */
  const actor = (id: string, key: string): Actor => ({ key, hands: stage.handsOf(id) })
  const cast = {
    developer: actor(slackUsers.developer.id, 'developer'),
    owner: actor(slackUsers.databaseOwner.id, 'database-owner'),
    secondOwner: actor(slackUsers.secondDatabaseOwner.id, 'second-database-owner'),
    lead: actor(slackUsers.platformLead.id, 'platform-lead'),
    newcomer: actor(slackUsers.newcomer.id, 'newcomer'),
  }

  const untilView = (hands: Hands, title: string) =>
    eventually(() => hands.view()?.title === title, { limit: patience, about: () => `a dialog "${title}" opens` })
  const openForm = async ({ hands }: Actor, { path = orders, length, reason = 'The queue is stuck.' }: Wish = {}) => {
    const title = 'Request access'
    await untilOpened(
      hands,
      () => hands.command(`request ${path}`),
      () => hands.view()?.title === title,
      () => `a dialog "${title}" opens`,
    )
    const [shortest = ''] = hands.view()?.fields.find(({ label }) => label === 'How long')?.options ?? []
    await hands.pick('How long', length ?? shortest)
    await hands.fill('Why', reason)
  }
  const tryToAsk = async (by: Actor, wish: Wish = {}) => {
    await openForm(by, wish)
    return by.hands.submit()
  }
  const newestOf = ({ key }: Actor) => eventually(() => ({ request: records.newestOf(key) }))
  const ask = async (by: Actor, wish: Wish = {}): Promise<RequestRecord> => {
    const before = (await newestOf(by)).request?.id
    await openForm(by, wish)
    const answer = await untilSent(by.hands)
    const { request } = await newestOf(by)
    if (!answer.closed || !request || request.id === before) throw new Error(`not filed: ${JSON.stringify(answer)}`)
    return request
  }

  /** As anybody sees it: a card looks the same to all. */
  const shown = ({ channel = '', ts }: CardRecord): SeenMessage | undefined =>
    ts === undefined ? undefined : stage.look(channel, ts)
  const textOf = (card: CardRecord): string => shown(card)?.text ?? ''
  const copies = ({ id }: RequestRecord) => records.cardsOf(id).filter(({ audience }) => audience !== 'notice')
  /** The person's newest copy with this audience, as it is now. */
  const cardOf = (request: RequestRecord, audience: string, to: string): Promise<SeenMessage> =>
    eventually(
      () => {
        const card = copies(request).findLast((each) => each.audience === audience && each.to === to)
        return card?.ts ? shown(card) : undefined
      },
      { limit: patience, about: () => `${to} has a card as ${audience}` },
    )
  /** Waits until every copy is up to date and says these words, or that a newer one does; returns whose copies there are. */
  const untilAllSay = (request: RequestRecord, ...words: string[]): Promise<readonly string[]> =>
    eventually(
      () => {
        const cards = copies(request)
        const says = (text: string) => text.includes('see below') || words.every((word) => text.includes(word))
        const isSaid = (card: CardRecord) => card.isUpToDate && says(textOf(card))
        return cards.length > 0 && cards.every(isSaid) && cards.map(({ audience, to }) => `${audience} ${to}`)
      },
      {
        limit: patience,
        about: () => `all copies say "${words.join('" and "')}", but: ${copies(request).map(textOf)}`,
      },
    )
  /** Presses a button of the person's own card, once it is there. */
  const press = async (by: Actor, request: RequestRecord, button: string, how?: PressHow) => {
    const card = await eventually(
      () => {
        const own = copies(request).filter(({ to, ts }) => to === by.key && ts)
        return own.map(shown).findLast((seen) => seen?.text.includes(`[${button}]`))
      },
      { limit: patience, about: () => `${by.key} has a button “${button}”` },
    )
    if (isConfirmed(button)) await pressAndAnswer(by.hands, card, button, how)
    else await by.hands.press(card, button, how)
  }
  const untilState = (request: RequestRecord, ...states: string[]): Promise<RequestRecord> =>
    eventually(
      () => {
        const now = records.request(request.id)
        return states.includes(now.grant?.state ?? now.state) && now
      },
      { limit: patience, about: () => `${states} instead of ${JSON.stringify(records.request(request.id))}` },
    )
  const approve = async (by: Actor, request: RequestRecord): Promise<RequestRecord> => {
    await press(by, request, 'Approve')
    return untilState(request, 'active')
  }
  const openDenial = async (by: Actor, request: RequestRecord, note: string) => {
    await press(by, request, 'Deny')
    await untilView(by.hands, 'Deny this request')
    await by.hands.fill('Reason', note)
  }
  const deny = async (by: Actor, request: RequestRecord, note: string): Promise<RequestRecord> => {
    await openDenial(by, request, note)
    await by.hands.submit()
    return untilState(request, 'denied')
  }

  /** What the person is told in private because of the act. */
  const hear = async ({ key, hands }: Actor, act: () => Promise<unknown>): Promise<string> => {
    const before = new Set(hands.whispers().map(({ id }) => id))
    await act()
    const said = await eventually(() => hands.whispers().find(({ id }) => !before.has(id)), {
      limit: patience,
      about: () => `${key} is told something in private`,
    })
    return said.text
  }
  /** The newest message that says the words and that was not there before. */
  const untilTold = ({ key, hands }: Actor, words: string, before: ReadonlySet<string> = new Set()) =>
    eventually(() => hands.inbox().findLast(({ id, text }) => !before.has(id) && text.includes(words)), {
      limit: patience,
      about: () => `${key} is told "${words}", but: ${hands.inbox().map(({ text }) => text)}`,
    })
  const inbox = ({ hands }: Actor): ReadonlySet<string> => new Set(hands.inbox().map(({ id }) => id))

  const link = async ({ key, hands }: Actor, request: RequestRecord): Promise<string> => {
    const card = await cardOf(request, 'access', key)
    const linkIn = () => hands.view()?.links.find((url) => url.includes('/fetch/'))
    const before = linkIn()
    const url = await untilOpened(
      hands,
      () => hands.press(card, 'Get my one-time link'),
      () => {
        const now = linkIn()
        return now !== before && now
      },
      () => `${key} sees a link`,
    )
    await hands.closeView()
    return url
  }
  const credential = async (by: Actor, request: RequestRecord) => {
    const url = await link(by, request)
    const browser = newBrowser()
    const page = await browser.redeem(url)
    if (!page.wrappingToken) throw new Error(`no credential: HTTP ${page.status}`)
    const token = await unwrap(vault.address, page.wrappingToken)
    return { url, browser, wrappingToken: page.wrappingToken, token }
  }
  const read = async (token: string, path = orders): Promise<number> =>
    (await readSecret(vault.address, token, path)).status
  const untilRefused = (token: string, path = orders): Promise<boolean> =>
    eventually(async () => (await read(token, path)) === 403, { about: () => 'the token is refused' })

  return {
    ...{ records, cast, actor, openForm, tryToAsk, ask, cardOf, copies, textOf, untilAllSay, press, untilState },
    ...{ approve, openDenial, deny, hear, untilTold, inbox, link, credential, read, untilRefused },
  }
}

/** Buttons behind which a dialog asks once more; a denial asks why, which is for the story to write. */
const isConfirmed = (button: string): boolean =>
  ['Approve', 'Revoke', 'Give back now', 'Cancel request', 'Remind them'].includes(button)
