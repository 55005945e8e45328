import type { Identity, Notice } from '../domain/card.ts'
import type { PersonId } from '../domain/ids.ts'
import type { Timestamp } from '../domain/time.ts'
import { bare } from './copy.ts'
import type { NameOf } from './copy-states.ts'
import { namesText } from './people-names.ts'
import type { Action, MessageView, Text, Tone } from './view-model.ts'

/** Somebody who may request nothing, as the people file would name them. */
export type Newcomer = {
  readonly identity: Identity
  readonly key: string
  /** As the chat calls them; absent where it did not say. */
  readonly name: string | undefined
  /** Whether the people file has them already, but in no group that may request. */
  readonly isKnown: boolean
  /** The groups that may request. */
  readonly groups: readonly string[]
}

/** The lines of a people file that let the person request. Everything that people chose is quoted. */
export const peopleFileLines = ({ identity, key, name, isKnown, groups }: Newcomer): readonly string[] => {
  const [group, ...others] = groups
  const word = keyWord(key)
  const person = [
    'people:',
    `  ${word}:`,
    `    name: ${JSON.stringify(name ?? 'Their Name')}`,
    `    ${identity.platform}: [${account(identity)}]`,
  ]
  return [
    ...(isKnown ? [] : person),
    ...(group === undefined ? [] : ['groups:', `  ${keyWord(group)}: [${word}]`]),
    ...others.map((other) => `  # or ${other}: [${word}]`),
  ]
}

/**
 * The command that does the same. It has the name, because not every chat tells the name of an account to whoever asks.
 * A name that a shell could read as more than a text is left out.
 */
export const peopleCommand = ({ identity, name, isKnown, groups: [group] }: Newcomer): string | undefined => {
  if (isKnown) return undefined
  const options = [group && ` --group ${group}`, name && plainName.test(name) && ` --name '${name}'`]
  return `latchkey people add ${identity.tenant}/${identity.subject}${options.filter(Boolean).join('')}`
}

const plainName = /^[\p{L}\p{N}][\p{L}\p{M}\p{N} .,’-]*$/u

/** YAML reads some words as something else than text. */
const keyWord = (key: string): string => (/^\d|^(true|false|null)$/.test(key) ? JSON.stringify(key) : key)

/** Only plain accounts are unquoted, such as `T0123/U0123` or two GUIDs. A slash makes a text of every number. */
const account = ({ tenant, subject }: Identity): string => {
  const text = `${tenant}/${subject}`
  return /^[A-Za-z0-9][A-Za-z0-9-]*\/[A-Za-z0-9-]+$/.test(text) ? text : JSON.stringify(text)
}

type Shown = {
  /** Absent where the lines stand in an earlier message of the last hour. */
  readonly newcomer: Newcomer | undefined
  /** What was refused, in one sentence. */
  readonly sentence: Text
  readonly asked: { readonly at: Timestamp | undefined; readonly people: readonly PersonId[] }
  readonly nameOf: NameOf
}

/** The answer to somebody who may request nothing: the lines, once, and a button that sends them. */
export const newcomerView = ({ newcomer, sentence, asked, nameOf }: Shown): MessageView => {
  const state: Text[] =
    asked.at === undefined
      ? []
      : [
          [
            ...namesText(asked.people, nameOf),
            ' got them ',
            { time: asked.at },
            '. Try again once they have added you.',
          ],
        ]
  if (!newcomer) {
    const short: Text = [...sentence, ' The lines for an administrator are in an earlier message to you.']
    return { ...bare(short), notes: [short, ...state], actions: actionsFor(asked) }
  }
  const lines = peopleFileLines(newcomer)
  return {
    ...bare(sentence),
    notes: [sentence, ...(lines.length === 0 ? [] : [handOn]), ...state],
    ...(lines.length > 0 && { code: lines }),
    actions: actionsFor(asked),
  }
}

const handOn: Text = ['An administrator adds these lines to the people file:']

const actionsFor = ({ at, people }: Shown['asked']): readonly Action[] =>
  at === undefined && people.length > 0
    ? [{ label: 'Ask the administrators', style: 'primary', command: { do: 'ask-administrators' } }]
    : []

/** Whom the lines went to. */
export const introducedView = (people: readonly PersonId[], nameOf: NameOf): MessageView =>
  bare(['The lines went to ', ...namesText(people, nameOf), '. Try again once they have added you.'])

/** The same lines, for an administrator. */
export const introductionNews = ({
  identity,
  name,
  command,
}: Extract<Notice, { about: 'introduction' }>): {
  readonly title: string
  readonly tone: Tone
  readonly text: Text
  readonly after: readonly Text[]
} => ({
  title: 'Somebody asks to use Latchkey',
  tone: 'waiting',
  text: [
    { person: name, identities: [identity] },
    ' may request nothing yet. If you know them, add the lines below to the people file.',
  ],
  after: command === undefined ? [] : [['Or run ', { code: command }, '. If you do not know them, do nothing.']],
})
