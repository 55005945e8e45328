import { channel } from '../../src/demo/example.ts'
import type { CrashPoint } from './crash-points.ts'
import { crowd, type Lane, userOf } from './crowd.ts'
import { eventually } from './eventually.ts'
import { untilOpened, untilSent } from './hands.ts'
import type { RequestRecord } from './records.ts'
import type { ReplicasWorld } from './replicas-world.ts'
import type { Actor, Story } from './story.ts'

const { lanes, groups, more } = crowd({ lanes: 3, askers: 3, sizes: [1, 20] })

/** What a world of several Latchkeys needs for the crowd. */
export const crowdOptions = {
  more,
  durations: ['30s', '1h'],
  integration: {
    channel: channel.id,
    resourceOwner: { key: 'owner', allow: ['group:databases', ...groups.map((name) => `group:${name}`)] },
  },
  settings: {
    limits: { requestsAnHour: 10_000, refusalsAnHour: 10_000 },
    reconcile: { discoverEvery: '1h', driftEvery: '1h', wake: '1s', claim: '5s', provedShare: 1 },
  },
} as const

const patience = 180_000

export const crowdLanes: readonly Lane[] = lanes
export const crowdActor = (story: Story, key: string): Actor => story.actor(userOf(key), key)

/** All twenty owners of a secret approve at the same instant. */
export const raceOfTwenty = async (
  { story, world }: ReplicasWorld,
  lane: Lane,
  index: number,
): Promise<RequestRecord> => {
  const [, secret] = lane.secrets
  const asker = crowdActor(story, lane.askers[index % lane.askers.length] ?? '')
  if (!secret) throw new Error('the lane has a secret of twenty')
  const request = await story.ask(asker, { path: secret.path, reason: `race ${index}`, length: '1 hour' })
  const screen = await story.cardOf(request, 'channel', world.channel.id)
  const owners = secret.owners.map((key) => crowdActor(story, key))
  const open = ({ hands }: Actor) =>
    untilOpened(
      hands,
      () => hands.press(screen, 'Approve'),
      () => hands.view()?.submit === 'Approve',
      () => 'a dialog to approve',
    )
  await Promise.all(owners.map(open))
  await Promise.all(owners.map(({ hands }) => untilSent(hands)))
  await story.untilState(request, 'active')
  await giveBack(story, asker, request)
  return story.records.request(request.id)
}

/** Presses until the request is decided, or its access on the way to its end: whoever is told to try again does so. */
export const insist = async (story: Story, by: Actor, request: RequestRecord, button: string): Promise<void> => {
  const isDone = () => {
    const { state, grant } = story.records.request(request.id)
    return button === 'Approve' ? state !== 'pending' : grant?.state !== 'active'
  }
  let last: unknown
  const pressed = async () => {
    if (isDone()) return true
    await story.press(by, request, button).catch((error: unknown) => {
      last = error
    })
    return eventually(isDone, { limit: 10_000 }).catch(() => false)
  }
  await eventually(pressed, { limit: patience, about: () => `${by.key} gets “${button}” done; ${last}` })
}

/** A page that could not give anything used nothing up, so the person opens another link. */
export const tokenOf = (story: Story, asker: Actor, request: RequestRecord): Promise<string> => {
  let last: unknown
  const redeemed = async () => {
    try {
      return (await story.credential(asker, request)).token
    } catch (error) {
      last = error
      return undefined
    }
  }
  return eventually(redeemed, { limit: patience, about: () => `${asker.key} gets a token; ${last}` })
}

/** One person’s whole story: asks, gets, reads, and gives back or waits for the end. */
export const wholeStory = async ({ story }: ReplicasWorld, lane: Lane, index: number, isTimed = false) => {
  const [secret] = lane.secrets
  const asker = crowdActor(story, lane.askers[index % lane.askers.length] ?? '')
  if (!secret) throw new Error('the lane has a secret of one owner')
  const length = isTimed ? '30 seconds' : '1 hour'
  const asked = await story.ask(asker, { path: secret.path, reason: `story ${index}`, length })
  await insist(story, crowdActor(story, secret.owners[0] ?? ''), asked, 'Approve')
  const request = await story.untilState(asked, 'active', 'ended')
  const token = await tokenOf(story, asker, request)
  const read = await story.read(token, secret.path)
  if (!isTimed) await giveBack(story, asker, request)
  const ended = await story.untilState(request, 'ended')
  await eventually(async () => (await story.read(token, secret.path)) === 403, { about: () => 'the token is dead' })
  return { read, ended, due: request.grant?.expiresAt ?? Number.POSITIVE_INFINITY }
}

/** So many acts, shared among the lanes; each lane does one after another. */
export const inLanes = async (count: number, act: (lane: Lane, index: number) => Promise<void>): Promise<void> => {
  const working = lanes.map(async (lane, number) => {
    for (let index = number; index < count; index += lanes.length) await act(lane, index)
  })
  await Promise.all(working)
}

/** A developer’s access during which a replica dies at a call, while the access is made or while it ends. */
export const storyWithDeath = async (
  replicas: ReplicasWorld,
  { part, ...point }: CrashPoint & { readonly part: 'settingUp' | 'ending' },
): Promise<RequestRecord> => {
  const { story } = replicas
  const { developer, owner } = story.cast
  const request = await story.ask(developer, { length: '1 hour' })
  const approve = () => insist(story, owner, request, 'Approve')
  const revoke = () => insist(story, owner, request, 'Revoke')
  if (part === 'settingUp') await replicas.killAt(point, point.side, approve)
  await approve()
  await story.untilState(request, 'active')
  const token = await tokenOf(story, developer, request)
  if (part === 'ending') await replicas.killAt(point, point.side, revoke)
  await revoke()
  await story.untilRefused(token)
  return story.untilState(request, 'ended')
}

const giveBack = async (story: Story, asker: Actor, request: RequestRecord) => {
  await insist(story, asker, request, 'Give back now')
  await story.untilState(request, 'ended')
}

/** What the records say of requests, in words: the same for all that went well. */
export const outcomesOf = ({ records }: Story, requests: readonly RequestRecord[]): readonly string[] => {
  const audit = records.audit()
  const outcomes = requests.map(({ id }) => {
    const { state, decisions, grant } = records.request(id)
    const approvals = audit.filter(({ request, kind }) => request === id && kind === 'request-approved').length
    const starts = audit.filter(({ request, kind }) => request === id && kind === 'access-provisioned').length
    return `${state}, ${decisions} decisions, ${approvals} approvals, ${starts} starts, ${grant?.state}`
  })
  return [...new Set(outcomes)]
}
