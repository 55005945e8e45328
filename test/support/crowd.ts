import { type More, team } from '../../src/demo/example.ts'

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
