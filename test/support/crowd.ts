import { type More, team } from '../../src/demo/example.ts'
import type { SimulatedMessage } from '../../src/simulator/messages.ts'

/** Where trials run one after another, beside those of other lanes: nobody is in two of them. */
export type Lane = {
  readonly askers: readonly string[]
  /** The largest group of owners; a smaller one is its beginning. */
  readonly owners: readonly string[]
  /** One secret for each of the wanted sizes, owned by so many. */
  readonly secrets: readonly { readonly path: string; readonly owners: readonly string[] }[]
}

/** Slack user of a generated person; their key in the people file is the same in lower case. */
export const userOf = (key: string): string => `U0${key.toUpperCase().replaceAll('-', 'X')}`

type Wanted = { readonly lanes: number; readonly askers: number; readonly sizes: readonly number[] }

/** Many people, groups of owners of each size, and a secret for each of the groups. */
export const crowd = ({ lanes: count, askers, sizes }: Wanted): { more: More; lanes: Lane[]; groups: string[] } => {
  const lanes = numbers(count).map((lane): Lane => {
    const owners = numbers(Math.max(...sizes)).map((each) => `owner-${lane}-${each}`)
    return {
      owners,
      askers: numbers(askers).map((each) => `asker-${lane}-${each}`),
      secrets: sizes.map((size, index) => ({ path: `kv/race/${lane}-${index}`, owners: owners.slice(0, size) })),
    }
  })
  const keys = lanes.flatMap((lane) => [...lane.askers, ...lane.owners])
  const secrets = lanes.flatMap((lane) => lane.secrets)
  const groupOf = (path: string) => path.replace('kv/race/', 'owners-')
  return {
    lanes,
    groups: secrets.map(({ path }) => groupOf(path)),
    more: {
      users: keys.map((key) => ({ id: userOf(key), name: key, realName: key })),
      people: Object.fromEntries(keys.map((key) => [key, { name: key, slack: [`${team.id}/${userOf(key)}`] }])),
      groups: {
        engineers: ['developer', 'database-owner', ...lanes.flatMap((lane) => lane.askers)],
        ...Object.fromEntries(secrets.map(({ path, owners }) => [groupOf(path), owners])),
      },
      secrets: Object.fromEntries(
        secrets.map(({ path }) => [
          path.slice('kv/'.length),
          { data: { password: `example-of-${path}` }, owner: groupOf(path) },
        ]),
      ),
    },
  }
}

const numbers = (upTo: number) => Array.from({ length: upTo }, (_, index) => index)

/** A message with these buttons, as somebody's screen may show it: label → value. For signed clicks without looking. */
export const messageWith = (channel: string, buttons: Readonly<Record<string, object>>): SimulatedMessage => ({
  channel,
  ts: '1700000000.000001',
  threadTs: undefined,
  author: 'U0LATCHBOT',
  text: '',
  blocks: [
    {
      type: 'actions',
      block_id: 'old',
      elements: Object.entries(buttons).map(([label, value], index) => ({
        type: 'button',
        action_id: `old-${index}`,
        text: { type: 'plain_text', text: label },
        value: JSON.stringify(value),
      })),
    },
  ],
  ephemeralFor: undefined,
  isFailure: false,
  version: 1,
  editedAt: undefined,
  unfurlLinks: undefined,
  unfurlMedia: undefined,
  metadata: undefined,
})
