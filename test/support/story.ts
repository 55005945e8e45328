import { slackUsers } from '../../src/demo/example.ts'
import { newBrowser, readSecret, unwrap } from '../../src/demo/person.ts'
import type { World } from '../../src/demo/world.ts'
import type { SimulatedMessage } from '../../src/simulator/slack/messages.ts'
import type { ClickOptions, SimulatedPerson } from '../../src/simulator/slack/person.ts'
import { eventually } from './eventually.ts'
import { type CardRecord, type RequestRecord, recordsOf } from './records.ts'

/** Somebody in Slack, with the key in the people file. */
export type Actor = { readonly key: string; readonly hands: SimulatedPerson }

/** What is asked for; the length is a label of the form, the shortest offered one by default. */
export type Wish = { readonly path?: string; readonly length?: string; readonly reason?: string }

export type Story = ReturnType<typeof storyIn>

export const orders = 'kv/apps/orders/database'
export const billing = 'kv/apps/billing/database'
/** Its owner tag is missing, so the integration's owners decide. */
export const ordersApi = 'kv/apps/orders/api'

const patience = 20_000

/** The steps of stories in a world: what people do, what they see, and what the records say. */
export const storyIn = (world: World) => {
  const { slack, vault } = world
  const records = recordsOf(world.files.database)
  const actor = (id: string, key: string): Actor => ({ key, hands: slack.person(id) })
  const cast = {
    developer: actor(slackUsers.developer.id, 'developer'),
    owner: actor(slackUsers.databaseOwner.id, 'database-owner'),
    secondOwner: actor(slackUsers.secondDatabaseOwner.id, 'second-database-owner'),
    lead: actor(slackUsers.platformLead.id, 'platform-lead'),
    newcomer: actor(slackUsers.newcomer.id, 'newcomer'),
  }

  const untilView = (hands: SimulatedPerson, title: string) =>
    eventually(() => hands.view()?.title === title, { limit: patience, about: () => `a dialog "${title}" opens` })
  const openForm = async ({ hands }: Actor, { path = orders, length, reason = 'The queue is stuck.' }: Wish = {}) => {
    await hands.command(`request ${path}`)
    await untilView(hands, 'Request access')
    if (length) await hands.pick('How long', length)
    await hands.fill('Why', reason)
  }
  const tryToAsk = async (by: Actor, wish: Wish = {}) => {
    await openForm(by, wish)
    return by.hands.submit()
  }
  const ask = async (by: Actor, wish: Wish = {}): Promise<RequestRecord> => {
    const before = records.newestOf(by.key)?.id
    const answer = await tryToAsk(by, wish)
    const request = records.newestOf(by.key)
    if (!answer.closed || !request || request.id === before) throw new Error(`not filed: ${JSON.stringify(answer)}`)
    return request
  }

  const shown = ({ channel, ts }: CardRecord): SimulatedMessage | undefined =>
    slack.messages(channel).find((message) => message.ts === ts)
  const textOf = (card: CardRecord): string => {
    const message = shown(card)
    return message ? slack.textOf(message) : ''
  }
  const copies = ({ id }: RequestRecord) => records.cardsOf(id).filter(({ audience }) => audience !== 'notice')
  /** The person's newest copy with this audience, as it is now. */
  const cardOf = (request: RequestRecord, audience: string, to: string): Promise<SimulatedMessage> =>
    eventually(
      () => {
        const card = copies(request).findLast((each) => each.audience === audience && each.to === to)
        return card?.ts ? shown(card) : undefined
      },
      { limit: patience, about: () => `${to} has a card as ${audience}` },
    )
  /** Waits until every copy is up to date and says these words; returns whose copies there are. */
  const untilAllSay = (request: RequestRecord, ...words: string[]): Promise<readonly string[]> =>
    eventually(
      () => {
        const cards = copies(request)
        const isSaid = (card: CardRecord) => card.isUpToDate && words.every((word) => textOf(card).includes(word))
        return cards.length > 0 && cards.every(isSaid) && cards.map(({ audience, to }) => `${audience} ${to}`)
      },
      {
        limit: patience,
        about: () => `all copies say "${words.join('" and "')}", but: ${copies(request).map(textOf)}`,
      },
    )
  /** Presses a button of the person's own card, once it is there. */
  const press = async (by: Actor, request: RequestRecord, button: string, options?: ClickOptions) => {
    const audience = audienceOf(button, request, by.key)
    const card = await eventually(
      async () => {
        const seen = await cardOf(request, audience, by.key)
        return slack.textOf(seen).includes(`[${button}]`) && seen
      },
      { limit: patience, about: () => `${by.key} has a button “${button}”` },
    )
    return isConfirmed(button) ? by.hands.press(card, button, options) : by.hands.click(card, button, options)
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
    await by.hands.fill('Why not', note)
  }
  const deny = async (by: Actor, request: RequestRecord, note: string): Promise<RequestRecord> => {
    await openDenial(by, request, note)
    await by.hands.submit()
    return untilState(request, 'denied')
  }

  const privateWords = ({ hands }: Actor): readonly SimulatedMessage[] =>
    slack.messages().filter(({ ephemeralFor }) => ephemeralFor === hands.id)
  /** What the person is told in private because of the act. */
  const hear = async (by: Actor, act: () => Promise<unknown>): Promise<string> => {
    const before = new Set(privateWords(by).map(({ ts }) => ts))
    await act()
    const said = await eventually(() => privateWords(by).find(({ ts }) => !before.has(ts)), {
      limit: patience,
      about: () => `${by.key} is told something in private`,
    })
    return by.hands.textOf(said)
  }
  /** The newest message that says the words and that was not there before. */
  const untilTold = (to: Actor, words: string, before: ReadonlySet<string> = new Set()): Promise<SimulatedMessage> =>
    eventually(
      () => to.hands.inbox().findLast((message) => !before.has(message.ts) && slack.textOf(message).includes(words)),
      { limit: patience, about: () => `${to.key} is told "${words}", but: ${to.hands.inbox().map(slack.textOf)}` },
    )
  const inbox = ({ hands }: Actor): ReadonlySet<string> => new Set(hands.inbox().map(({ ts }) => ts))

  const link = async (by: Actor, request: RequestRecord): Promise<string> => {
    const card = await cardOf(request, 'access', by.key)
    const views = slack.calls('views.open').length
    await by.hands.click(card, 'Get my one-time link')
    const opened = await eventually(
      () =>
        slack
          .calls('views.open')
          .slice(views)
          .find(({ answer }) => answer.ok),
      {
        limit: patience,
        about: () => `${by.key} sees a link`,
      },
    )
    const [url] = JSON.stringify(opened.args).match(/http:\/\/[^"\\]+\/fetch\/[\w-]+/) ?? []
    if (!url) throw new Error('the dialog shows no link')
    await by.hands.closeView('all')
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
  ['Approve', 'Revoke', 'Give back now', 'Cancel request'].includes(button)

const audienceOf = (button: string, { requester }: RequestRecord, key: string): string => {
  if (button === 'Get my one-time link' || button === 'Give back now') return 'access'
  return requester === key ? 'requester' : 'owner'
}
