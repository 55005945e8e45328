import { channel } from '../../src/demo/example.ts'
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
  durations: ['5s', '1h'],
  integration: {
    channel: channel.id,
    resourceOwner: { key: 'owner', allow: ['group:databases', ...groups.map((name) => `group:${name}`)] },
  },
  settings: { reconcile: { discoverEvery: '1h', driftEvery: '1h', wake: '1s', claim: '5s', provedShare: 1 } },
} as const

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

/** One person’s whole story: asks, gets, reads, and gives back or waits for the end. */
export const wholeStory = async ({ story }: ReplicasWorld, lane: Lane, index: number, isTimed = false) => {
  const [secret] = lane.secrets
  const asker = crowdActor(story, lane.askers[index % lane.askers.length] ?? '')
  if (!secret) throw new Error('the lane has a secret of one owner')
  const length = isTimed ? '5 seconds' : '1 hour'
  const asked = await story.ask(asker, { path: secret.path, reason: `story ${index}`, length })
  const request = await story.approve(crowdActor(story, secret.owners[0] ?? ''), asked)
  const { token } = await story.credential(asker, request)
  const read = await story.read(token, secret.path)
  if (!isTimed) await giveBack(story, asker, request)
  const ended = await story.untilState(request, 'ended')
  await eventually(async () => (await story.read(token, secret.path)) === 403, { about: () => 'the token is dead' })
  return { read, ended }
}

const giveBack = async (story: Story, asker: Actor, request: RequestRecord) => {
  await story.press(asker, request, 'Give back now')
  await story.untilState(request, 'ended')
}

/** What the records say of requests, in words: the same for all that went well. */
export const outcomesOf = ({ records }: Story, requests: readonly RequestRecord[]): readonly string[] => {
  const audit = records.audit()
  const outcomes = requests.map(({ id }) => {
    const { state, decisions, grant } = records.request(id)
    const approvals = audit.filter(({ request, kind }) => request === id && kind === 'request-approved').length
    const starts = audit.filter(({ request, kind }) => request === id && kind === 'access-started').length
    return `${state}, ${decisions} decisions, ${approvals} approvals, ${starts} starts, ${grant?.state}`
  })
  return [...new Set(outcomes)]
}
