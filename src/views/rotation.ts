import type { Notice } from '../domain/card.ts'
import type { Rotation } from '../domain/rotation.ts'
import type { Text, Tone } from './view-model.ts'

type Shown = Pick<Rotation, 'secret' | 'state' | 'changedAt' | 'version' | 'hook'>
type SecretsRead = Extract<Notice, { about: 'secrets-read' }>

const most = 5

/** What became of the values that were read with an ended access, a line for each secret. */
export const valueLines = (rotations: readonly Shown[] = []): Text[] => {
  const lines = rotations.flatMap((one): Text[] => {
    const state = valueText(one)
    return state && one.secret !== undefined ? [[{ code: one.secret }, ': ', ...state, '.']] : []
  })
  const rest = lines.length - most
  return rest > 0 ? [...lines.slice(0, most), [`And ${rest} more that were read.`]] : lines
}

/** Only what a look at the vault has shown; before the first one, nobody claims anything. */
const valueText = ({ state, changedAt, version, hook }: Shown): Text | undefined => {
  switch (state) {
    case 'changed':
      return ['value changed ', ...(changedAt === undefined ? [] : [{ time: changedAt }])]
    case 'unchanged':
      return version === undefined ? undefined : ['value unchanged since it was read', ...hookText(hook)]
    case 'given-up':
      return ['value was unchanged at the last look']
    case 'gone':
      return ['removed since it was read']
    case 'waiting':
    case 'ignored':
      return undefined
    default:
      return state satisfies never
  }
}

const hookText = (hook: Shown['hook']): Text =>
  hook === undefined
    ? []
    : [
        {
          due: ' (its rotation is being called)',
          done: ' (its rotation was called)',
          failed: ' (its rotation does not answer)',
        }[hook],
      ]

/** Tells owners which secrets were read, and how to write new values. */
export const secretsReadNews = (
  { secrets, count }: SecretsRead,
  rotations: readonly Shown[] = [],
): {
  readonly title: string
  readonly tone: Tone
  readonly text: Text
  readonly after: readonly Text[]
  readonly code: readonly string[]
} => {
  const known = new Map(rotations.map((one) => [one.secret, one]))
  const open = secrets.filter(({ path }) => {
    const state = known.get(path)?.state
    return state !== 'changed' && state !== 'gone'
  })
  // A receiver that was called writes the value itself.
  const byHand = open.filter(({ path }) => known.get(path)?.hook !== 'done')
  const lines = secrets.map(({ path, reads }): Text => {
    const one = known.get(path)
    const state = one && valueText(one)
    return [
      { code: path },
      reads.count === 1 ? ': read once, ' : `: read ${reads.count} times, last `,
      { time: reads.last },
      ...(state ? ['; ', ...state] : []),
      ...(one?.version !== undefined && one.state === 'unchanged' ? [` (version ${one.version})`] : []),
      '.',
    ]
  })
  const more: Text[] = count > secrets.length ? [[`And ${count - secrets.length} more secrets.`]] : []
  const isDone = open.length === 0
  const how: Text[] =
    byHand.length === 0 ? [] : [['A new version is written with this; put the fields that change for KEY.']]
  return {
    title: isDone ? 'Secrets of an ended access have new values' : 'Secrets were read with an access that has ended',
    tone: isDone ? 'good' : 'neutral',
    text: ['Whoever read a value may have kept it. Only a new value makes that useless.'],
    after: [...lines, ...more, ...how],
    code: byHand.map(({ command }) => command),
  }
}
