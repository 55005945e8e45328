import { fork } from 'node:child_process'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { slackUsers, team } from '../../src/demo/example.ts'
import { storyOf } from '../../src/demo/tour.ts'
import { startWorld, type World } from '../../src/demo/world.ts'
import { until } from './bench-world.ts'
import { pressing } from './clicks.ts'
import { inParallel, median, percentile, type Row } from './figures.ts'
import { copy, ids } from './history.ts'

const count = Number(process.env.BENCH_DUE ?? 10_000)
const pressers = 50
const lead = 20_000 // milliseconds from the start to the moment at which all come due
const limit = 600_000
const holders = Array.from({ length: count }, (_, index) => ({ key: `holder-${index}`, id: `U0HOLDER${index}` }))

/** Live grants, one for each person, that come due in the same second: proofs, cards, and clicks meanwhile. */
export const dueAtOnce = async () => {
  const world = await startWorld({
    durations: ['1h'],
    more: {
      users: holders.map(({ id, key }) => ({ id, name: key, realName: key })),
      people: Object.fromEntries(holders.map(({ id, key }) => [key, { name: key, slack: [`${team.id}/${id}`] }])),
      groups: { databases: ['database-owner', ...holders.slice(0, pressers).map(({ key }) => key)] },
    },
  })
  const presser = fork(join(import.meta.dirname, 'presser.ts'))
  try {
    const story = storyOf(world, { chapter: () => {}, say: () => {}, proof: () => {} })
    await story.approve(await story.ask('1 hour'))
    const click = clickOf(world)
    await world.latchkey().stop()
    const due = await fill(world)
    await world.restart()
    const rows = reading(world)
    const press = () => pressing(presser, { ...click, url: `${world.latchkey().url}/slack/events` })
    const idle: number[] = []
    while (Date.now() < due - 500) idle.push(...(await press()))
    await until(async () => (Date.now() >= due ? true : undefined))
    const before = messagesOf(world)
    const busy: number[] = []
    let proved: number | undefined
    while (Date.now() < due + limit) {
      busy.push(...(await press()))
      if (proved === undefined && rows.live() === 0) proved = Date.now() - due
      if (proved !== undefined && rows.staleCards() === 0) break
    }
    const told = Date.now() - due
    const messages = messagesOf(world) - before
    rows.close()
    const acks: Row = {
      ...{
        what: `${count} grants due at once: click → acknowledged, p99, ${pressers} at once, against idle`,
        unit: 'ms',
      },
      ...{ ours: percentile(busy, 0.99), baseline: percentile(idle.slice(pressers), 0.99), goal: 1.5 },
      note: `median ${median(busy).toFixed(1)} against ${median(idle).toFixed(1)} ms`,
    }
    const seconds = (milliseconds = Number.NaN) => (milliseconds / 1000).toFixed(1)
    const notes = [
      `${count} grants due at once: all proved within ${seconds(proved)} s, all cards within ${seconds(told)} s (goal 60).`,
      `${messages} messages and edits, of which ${count} tell a holder of the end. Slack allows one a second for each channel.`,
    ]
    return { rows: [acks], notes }
  } finally {
    presser.kill()
    await world.stop()
  }
}

const messagesOf = ({ slack }: World): number =>
  slack.calls('chat.postMessage').length + slack.calls('chat.update').length

/** The press of Approve that was just made, by each of fifty owners. Its request is decided, so it changes nothing. */
const clickOf = ({ slack, slackSecrets: { signingSecret } }: World) => {
  const click = slack.deliveries().findLast(({ body }) => body.includes('block_actions') && body.includes('approve'))
  if (!click) throw new Error('no click was recorded')
  const bodies = holders.slice(0, pressers).map(({ id }) => click.body.replaceAll(slackUsers.databaseOwner.id, id))
  return { bodies, signingSecret }
}

/** Looks at the file of a running Latchkey. */
const reading = ({ files }: World) => {
  const database = new Database(files.database, { readonly: true })
  const counting = (what: string) => database.prepare(`SELECT count(*) FROM ${what}`).pluck()
  const live = counting("grants WHERE id LIKE 'past-%' AND state <> 'ended'")
  const stale = counting("cards WHERE request LIKE 'past-%' AND rendered < wanted")
  return { live: () => live.get(), staleCards: () => stale.get(), close: () => database.close() }
}

type Sample = { request: string; grant: string; account: string; handle: string; person: string }

/** Copies the live grant for each holder, with policy and user at the vault. Returns when they come due. */
const fill = async ({ files, admin, prepared }: World): Promise<number> => {
  const database = new Database(files.database)
  const sample = database
    .prepare(
      `SELECT request, id AS 'grant', handle, grants.person AS person, name AS account
       FROM grants JOIN accounts USING (integration, person) WHERE state = 'active'`,
    )
    .get() as Sample
  const nameAt = (index: number) =>
    sample.account.slice(0, -16) + [...String(index).padStart(16, '0')].map(letter).join('')
  database.function('person_at', (index: unknown) => holders[Number(index)]?.key ?? '')
  database.function('account_at', (index: unknown) => nameAt(Number(index)))
  const [policy] = (JSON.parse(sample.handle) as { policies: readonly string[] }).policies
  if (policy === undefined) throw new Error('the live grant has no policy')
  const read = await admin('GET', `sys/policies/acl/${policy}`)
  const document = (read as { data: { policy: string } }).data.policy
  const token_policies: string[] = []
  await inParallel([...holders.keys()], 16, async (index) => {
    await admin('POST', `sys/policies/acl/${policy.replace(sample.grant, `past-${index}`)}`, { policy: document })
    const user = `auth/${prepared.userpassMount}/users/${nameAt(index)}`
    await admin('POST', user, { password_hash: nobodysHash, token_policies })
  })
  const due = Date.now() + lead
  const [person, request] = ['person_at(i)', ids]
  const handle = `replace(handle, '${sample.grant}', ${ids})`
  const range = { ...sample, from: 0, to: count }
  database.transaction(() => {
    for (const statement of [
      copy(database, 'requests', 'id = :request', { id: ids, draft: ids, requester: person }),
      copy(database, 'decisions', 'request = :request', { request }),
      copy(database, 'accounts', 'name = :account', {
        person,
        name: 'account_at(i)',
        claim: 'NULL',
        claimed_until: 'NULL',
      }),
      copy(database, 'grants', 'id = :grant', {
        ...{ id: ids, request, person, handle, expires_at: String(due), due_at: String(due), tell_at: 'NULL' },
      }),
      copy(database, 'cards', 'request = :request', { id: `${ids} || '-' || number`, request, rendered: 'wanted' }),
    ])
      statement.run(range)
  })()
  database.close()
  return due
}

const letter = (digit: string): string => 'abcdefghij'[Number(digit)] ?? 'a'
/** No password is known for it. */
const nobodysHash = `$2b$05$${'a'.repeat(53)}`
