import { slackUsers, team } from '../../src/demo/example.ts'
import { startWorld } from '../../src/demo/world.ts'
import type { SimulatedMessage } from '../../src/simulator/slack/messages.ts'
import { median, type Row } from './figures.ts'

const rounds = Number(process.env.BENCH_ROUNDS ?? 5)
const owners = 50
/** Slack's rule: one message a second in each channel. */
const apart = 1_000
const asked = 'Please decide'
const button = '[Approve]'

/**
 * Decision → the last of fifty copies tells it, where Slack takes one message a second in each conversation. Somebody
 * decides as soon as the last copy is there, so the rule still holds back some edits: that is the least it can take.
 */
export const copiesTruthful = async (): Promise<Row> => {
  const people = Array.from({ length: owners }, (_, index) => ({ key: `owner-${index}`, id: `U0OWNER${100 + index}` }))
  const world = await startWorld({
    durations: ['1h'],
    messagesApart: apart,
    more: {
      users: people.map(({ id, key }) => ({ id, name: key, realName: `Owner ${key.slice(6)}` })),
      people: Object.fromEntries(people.map(({ id, key }) => [key, { name: key, slack: [`${team.id}/${id}`] }])),
      groups: { databases: people.map(({ key }) => key) },
    },
  })
  const { slack } = world
  const developer = slack.person(slackUsers.developer.id)
  const hands = people.map(({ id }) => slack.person(id))
  const copies = (): readonly SimulatedMessage[] =>
    hands.flatMap((person) => person.inbox().filter((message) => slack.textOf(message).includes(asked)))
  const all = <T>(check: () => T) => slack.until(check, 120_000)

  const decideOnce = async (): Promise<{ took: number; least: number }> => {
    const known = new Set(copies().map(({ ts }) => ts))
    const fresh = () => hands.flatMap((person) => person.inbox()).filter(({ ts }) => !known.has(ts))
    await developer.command('request orders database')
    await developer.waitForView('Request access')
    await developer.pick('What', 'kv/apps/orders/database', { query: 'orders data' })
    await developer.fill('Why', 'The orders queue is stuck, I must look at the locks.')
    await developer.submit()
    const [first] = hands
    if (!first) throw new Error('nobody decides')
    const card = await all(() => first.inbox().find(({ ts }) => !known.has(ts)))
    // A denial, because a live access would change what can be asked for in the next round.
    await first.click(card, 'Deny')
    await first.waitForView('Deny this request')
    await first.fill('Reason', 'Please use the read replica for this.')
    await all(() => (fresh().length === owners ? true : undefined))
    const places = new Set(fresh().map(({ channel }) => channel))
    const lastIn = slack
      .calls('chat.postMessage')
      .filter(({ status, args }) => status === 200 && places.has(String(args.channel)))
      .map(({ at }) => at)
    const decided = Date.now()
    await first.submit()
    await all(() => (fresh().every((message) => !slack.textOf(message).includes(button)) ? true : undefined))
    return { took: Date.now() - decided, least: Math.max(...lastIn) + apart - decided }
  }

  try {
    const figures: { took: number; least: number }[] = []
    for (let round = 0; round < rounds; round += 1) figures.push(await decideOnce())
    const refused = slack.calls().filter(({ status }) => status === 429).length
    return {
      what: `${owners} copies of a card tell the decision, against the least under Slack's rule`,
      ours: median(figures.map(({ took }) => took)),
      baseline: median(figures.map(({ least }) => least)),
      unit: 'ms',
      goal: 1.1,
      note: `ratios ${figures.map(({ took, least }) => (took / least).toFixed(2)).join(' ')}; ${refused} calls refused`,
    }
  } finally {
    await world.stop()
  }
}
