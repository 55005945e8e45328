import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { slackUsers } from '../../src/demo/example.ts'
import { eventually } from '../support/eventually.ts'
import type { RequestRecord } from '../support/records.ts'
import { orders, type Story, storyIn } from '../support/story.ts'
import { type ChartWorld, startChartWorld } from './chart-world.ts'
import { kubectl } from './cluster.ts'

const names = Array.from({ length: 24 }, (_, index) => `apps/load/${String(index).padStart(2, '0')}`)
let world: ChartWorld
let story: Story

beforeAll(async () => {
  const secret = { data: { key: 'example-load-key' }, owner: 'databases' }
  world = await startChartWorld('latchkey-chart', Object.fromEntries(names.map((name) => [name, secret])))
  const began = Date.now()
  await world.deploy()
  console.log(`installed and ready after ${seconds(Date.now() - began)} s`)
  story = storyIn(world)
})
afterAll(() => world?.stop())

const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(1)

test('the chart gives a Latchkey that runs, is ready, and gives access that the vault takes back', async () => {
  expect(await world.latchkeyIn('status')).toContain('example')
  const { developer, owner } = story.cast
  const request = await story.approve(owner, await story.ask(developer))
  const { token } = await story.credential(developer, request)
  expect(await story.read(token, orders)).toBe(200)
  await story.press(developer, request, 'Give back now')
  await story.untilState(request, 'ended')
  expect(await story.read(token, orders)).toBe(403)
})

test('its pod may be killed at every step of a request: nothing is lost, and nothing happens twice', async () => {
  const { developer, owner } = story.cast
  const kill = async (step: string) => {
    const began = Date.now()
    await world.killPod()
    await world.untilReady()
    console.log(`killed ${step}: ready again after ${seconds(Date.now() - began)} s`)
  }
  const request = await story.ask(developer)
  await kill('while a request waits')
  await story.press(owner, request, 'Approve')
  await kill('after the approval')
  await story.untilState(request, 'active')
  await kill('before the link')
  const { token } = await story.credential(developer, request)
  await kill('while the token works')
  expect(await story.read(token, orders)).toBe(200)
  await story.press(developer, request, 'Give back now')
  await kill('after the end was asked for')
  await story.untilState(request, 'ended')
  expect(await story.read(token, orders)).toBe(403)
  await story.untilAllSay(request, ' ended ')
  expect(story.records.request(request.id).decisions).toBe(1)
})

test('an upgrade under load loses no press that was acknowledged, and what was refused meanwhile succeeds after it', async () => {
  const waiting: Waiting[] = []
  for (const name of names)
    waiting.push({ name, request: await story.ask(story.cast.developer, { path: `kv/${name}` }) })
  for (const { name } of waiting) await eventually(() => cardOf(owners[0], name) && cardOf(owners[1], name))
  const counts = { acknowledged: 0, refused: 0, unanswered: 0 }
  const [ends, gap] = [new AbortController(), gapAt(`${world.latchkey().url}/healthz`)]
  const all = [...waiting]
  const load = owners.map(async (owner) => {
    while (!ends.signal.aborted) {
      const next = waiting.shift()
      if (next === undefined) return
      const outcome = await approve(owner, next)
      counts[outcome] += 1
      if (outcome === 'refused') waiting.push(next)
      await delay(500)
    }
  })
  const began = Date.now()
  await world.deploy({}, { keep: '500d' }).finally(() => ends.abort())
  const upgraded = Date.now() - began
  await Promise.all(load)
  console.log(
    `upgrade: ${seconds(upgraded)} s; nobody answered for ${seconds(await gap.stop())} s; ` +
      `presses meanwhile: ${JSON.stringify(counts)}`,
  )
  expect(counts.refused).toBeGreaterThan(0)
  expect(counts.acknowledged).toBeGreaterThan(0)
  // A press that was acknowledged either counts, or its person was told that nothing was changed.
  for (const late of waiting) {
    const isTaken = async () => (await approve(owners[0], late)) !== 'refused'
    await eventually(isTaken, { limit: 60_000, about: () => `the approval of ${late.name} is taken` })
  }
  const pending = () => all.filter(({ request }) => story.records.request(request.id).state === 'pending')
  const about = () => `who waits for ${pending().map(({ name }) => name)} was told: ${told()}`
  await eventually(() => pending().length <= told(), { limit: 60_000, about })
  console.log(`told to press again after an acknowledged press: ${pending().length}`)
  for (const again of pending()) {
    const isDone = async () => (await approve(owners[0], again)) && !pending().includes(again)
    await eventually(isDone, { limit: 60_000, about: () => `the approval of ${again.name} is done` })
  }
  for (const { request } of all) {
    expect(await story.untilState(request, 'active')).toMatchObject({ decisions: 1, grant: { state: 'active' } })
  }
})

test('its database is saved, and put back while its pod only waits', async () => {
  const copy = '/data/backup.sqlite'
  await world.latchkeyIn('backup', '--force', copy)
  const before = story.records.requests().length
  await story.ask(story.cast.developer)
  await world.deploy({ maintenance: true })
  expect(await world.latchkeyIn('restore', copy)).toContain('is restored')
  await world.deploy()
  expect(story.records.requests()).toHaveLength(before)
})

test('an uninstalled chart leaves nothing but the claim that its notes name', async () => {
  const notes = await world.notes()
  await world.uninstall()
  const kinds = 'all,configmap,secret,serviceaccount,pvc,role,rolebinding,ingress,networkpolicy,poddisruptionbudget'
  const place = ['-n', world.namespace, '-l', 'app.kubernetes.io/instance=latchkey', '-o', 'name']
  const left = () => kubectl('get', kinds, ...place)
  await eventually(async () => (await left()).trim() === 'persistentvolumeclaim/latchkey-data', { limit: 120_000 })
  expect(notes).toContain('"helm uninstall" leaves the claim latchkey-data.')
})

const owners = [slackUsers.databaseOwner.id, slackUsers.secondDatabaseOwner.id] as const
type Waiting = { readonly name: string; readonly request: RequestRecord }

const cardOf = (owner: string, name: string) => {
  const person = world.slack.person(owner)
  return person.inbox().findLast((message) => {
    const text = person.textOf(message)
    return text.includes(name) && text.includes('[Approve]')
  })
}

/** Presses, and sends the dialog after it. Without a button, an earlier press was taken although its answer was lost. */
const approve = async (owner: string, { name }: Waiting): Promise<'acknowledged' | 'refused' | 'unanswered'> => {
  const person = world.slack.person(owner)
  if (person.view()) await person.closeView('all').catch(() => undefined)
  const card = cardOf(owner, name)
  if (card === undefined) return 'unanswered'
  const pressed = await person.press(card, 'Approve').catch(() => undefined)
  if (pressed?.ok && pressed.asked === undefined) toldAtOnce += 1
  return pressed?.submitted?.closed === true ? 'acknowledged' : 'refused'
}

let toldAtOnce = 0
/** How many presses were acknowledged, but then their person read in private that nothing was changed. */
const told = (): number => {
  const isTold = ({ ephemeralFor }: { ephemeralFor?: string | undefined }) =>
    owners.some((owner) => owner === ephemeralFor)
  const words = world.slack
    .messages()
    .filter(isTold)
    .map((message) => world.slack.textOf(message))
  return words.filter((text) => text.includes('nothing was changed. Please try again')).length - toldAtOnce
}

/** How long nobody answers at an address, from the first silence to the last. */
const gapAt = (address: string) => {
  const silent: number[] = []
  const end = new AbortController()
  const watch = async () => {
    while (!end.signal.aborted) {
      const answer = await fetch(address, { signal: AbortSignal.timeout(1000) }).catch(() => undefined)
      if (!answer?.ok) silent.push(Date.now())
      await delay(50)
    }
  }
  const watching = watch()
  return {
    stop: async (): Promise<number> => {
      end.abort()
      await watching
      return (silent.at(-1) ?? 0) - (silent[0] ?? 0)
    },
  }
}
