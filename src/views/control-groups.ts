import type { ControlGroupReader } from '../domain/card.ts'
import { type ControlGroup, isAlive, type ShownState, shownState } from '../domain/control-group.ts'
import type { PersonId } from '../domain/ids.ts'
import type { Timestamp } from '../domain/time.ts'
import { reasonLength } from '../domain/written.ts'
import type { Named, NameOf } from './copy-states.ts'
import { plainText } from './copy-time.ts'
import { visible } from './names.ts'
import { namesText } from './people-names.ts'
import type { Action, FormView, MessageView, Text, Tone } from './view-model.ts'

/** A request that waits for a control group, and what its texts need besides it. */
export type ShownControlGroup = {
  readonly group: ControlGroup
  /** The identity groups that decide there. */
  readonly groups: readonly string[]
  /** Who may decide on it today. */
  readonly deciders: readonly PersonId[]
  /** Whether the reader may. */
  readonly mayDecide: boolean
  /** Its page, where there is an issuer. */
  readonly page?: string
}

type Context = { readonly now: Timestamp; readonly nameOf: NameOf }

/** Who asked: a person whom Latchkey knows by their account, else what the vault calls its identity. */
export const controlGroupAsker = ({ requester }: ControlGroup, nameOf: Named): Text =>
  requester.person ? [nameOf(requester.person)] : [{ code: visible(requester.name) }, ' (the vault’s name)']

const approvalsText = ({ approvals }: ControlGroup): Text =>
  approvals.length === 0
    ? ['nobody yet']
    : approvals.flatMap(({ name, at }, index) => [
        ...(index > 0 ? [', '] : []),
        { code: visible(name) },
        ' ',
        { time: at },
      ])

/** What became of it, in one sentence or two. */
export const controlGroupState = (group: ControlGroup, { now, nameOf }: Context): Text => {
  const { expiresAt, denied, settledAt = now } = group
  const state = shownState(group, now)
  switch (state) {
    case 'pending':
      return ['Waiting until ', { time: expiresAt }]
    case 'authorised':
      return ['Authorised ', { time: settledAt }, '. The wrapping token works until ', { time: expiresAt }]
    case 'ended':
      return ['Authorised ', { time: settledAt }, '. The wrapping token ended ', { time: expiresAt }]
    case 'denying':
      return [...deniedBy(denied, nameOf), '. It is being ended at the vault']
    case 'denied':
      return [...deniedBy(denied, nameOf), '. The wrapping token has ended']
    case 'expired':
      return ['Expired ', { time: expiresAt }, ': too few members authorised it in time']
    case 'gone':
      return ['The vault has lost it ', { time: settledAt }, '. Nobody denied it here']
    default:
      return state satisfies never
  }
}

const deniedBy = (denied: ControlGroup['denied'], nameOf: Named): Text =>
  denied ? ['Denied by ', nameOf(denied.by), ' ', { time: denied.at }] : ['Denied']

const fieldsOf = (shown: ShownControlGroup, { now, nameOf }: Context): MessageView['fields'] => [
  { label: 'Who', value: controlGroupAsker(shown.group, nameOf) },
  { label: 'What', value: [`${visible(shown.group.operation)} `, { code: visible(shown.group.path) }] },
  { label: 'Where', value: [{ code: shown.group.integration }] },
  { label: 'Groups', value: [shown.groups.map(visible).join(', ') || 'none any more'] },
  { label: 'Authorised by', value: approvalsText(shown.group) },
  { label: 'State', value: controlGroupState(shown.group, { now, nameOf }) },
]

const titles: { readonly [As in ControlGroupReader]: (shown: ShownControlGroup, now: Timestamp) => string } = {
  decider: () => 'The vault asks your control group',
  reminded: ({ group }, now) =>
    shownState(group, now) === 'pending'
      ? 'The vault still asks your control group'
      : 'The vault asked your control group',
  asker: () => 'A request waits for a control group of the vault',
  told: ({ group }, now) => outcomeTitles[shownState(group, now)],
}

const outcomeTitles: { readonly [State in ShownState]: string } = {
  pending: 'A control group of the vault is asked',
  authorised: 'The control group authorised your request',
  ended: 'The control group had authorised your request',
  denying: 'The control group denied your request',
  denied: 'The control group denied your request',
  expired: 'No control group decided in time',
  gone: 'The vault has lost a request',
}

const tones: { readonly [State in ShownState]: Tone } = {
  ...{ pending: 'waiting', authorised: 'good', denying: 'bad', denied: 'bad', expired: 'neutral', gone: 'neutral' },
  ended: 'neutral',
}

/** News about a control group, for somebody who decides, or who asked. */
export const controlGroupCard = (as: ControlGroupReader, shown: ShownControlGroup, context: Context): MessageView => {
  const { group } = shown
  const title = titles[as](shown, context.now)
  const state = controlGroupState(group, context)
  const isDeciders = as === 'decider' || as === 'reminded'
  return {
    title,
    tone: tones[shownState(group, context.now)],
    summary: `${title}: ${visible(group.operation)} ${visible(group.path)}. ${plainText(state)}.`,
    fields: fieldsOf(shown, context),
    quotes: group.denied ? [{ label: 'Reason', text: group.denied.note }] : [],
    notes: isDeciders ? deciderNotes(shown, context) : askerNotes(shown, context),
    actions: isDeciders ? controlGroupActions(shown, context.now) : [],
  }
}

/** The buttons of a person who may decide, as far as they can still work. */
export const controlGroupActions = ({ group, mayDecide, page }: ShownControlGroup, now: Timestamp): Action[] => {
  const { id: controlGroup } = group
  if (!mayDecide || !isAlive(group, now)) return []
  const deny = { do: 'deny-control-group', controlGroup } as const
  if (group.state === 'authorised') return [{ label: 'End it', style: 'danger', command: deny }]
  return [
    { label: 'Authorise…', style: 'primary', command: { do: 'authorise', controlGroup } },
    { label: 'Deny', style: 'danger', command: deny },
    ...(page ? [{ label: 'Open its page', url: page }] : []),
  ]
}

const deciderNotes = ({ group, mayDecide }: ShownControlGroup, { now }: Context): Text[] => {
  if (!isAlive(group, now)) return []
  if (!mayDecide) return [['You do not decide on this one: it may be your own.']]
  if (group.state === 'authorised') {
    return [['Until its end, the requester reads the newest value with it, again and again. Ending it stops that.']]
  }
  return [
    ['Only your own token at the vault can authorise it. Latchkey has none that can, and never sees yours.'],
    ...(group.requester.person
      ? []
      : [['Latchkey does not know who this is: ask them before you authorise it, if you do not either.'] as const]),
  ]
}

const askerNotes = ({ group, deciders }: ShownControlGroup, { now, nameOf }: Context): Text[] => {
  const state = shownState(group, now)
  if (state === 'pending') {
    return [
      deciders.length > 0 ? [...namesText(deciders, nameOf), ' can decide.'] : ['Nobody is there to decide.'],
      ['Keep the wrapping token. It gives its content once enough members have authorised it.'],
    ]
  }
  if (state === 'authorised') {
    return [['Use the wrapping token: ', { code: 'BAO_TOKEN=WRAPPING_TOKEN bao unwrap' }, '.']]
  }
  return state === 'expired' || state === 'gone' ? [['Ask the vault again if you still need it.']] : []
}

/** What a member runs with their own token, and what the vault's answers mean. */
export const authoriseForm = (
  shown: ShownControlGroup,
  { commands, ...context }: Context & { readonly commands: readonly string[] },
): FormView => ({
  title: 'Authorise it yourself',
  close: 'Close',
  fields: fieldsOf(shown, context),
  notes: [
    [
      'Run these lines where you are logged in at the vault. Your token goes to the address in the first line alone: check it, and never type the token here or anywhere in Latchkey.',
    ],
    [{ code: 'approved true' }, ': it is done, and the requester is told.'],
    [
      { code: 'approved false' },
      ': more members must authorise it, or the vault does not count you as one. The card then names you, or not.',
    ],
    [{ code: 'approver has already authorized' }, ': yours counts already; another member has to.'],
    [{ code: 'token owner cannot be approver' }, ': it is your own request.'],
    [{ code: 'empty entity ID' }, ': log in as yourself, not with a token that belongs to nobody.'],
    [
      { code: 'permission denied' },
      ': your policy lacks ',
      { code: 'update' },
      ' on ',
      { code: 'sys/control-group/authorize' },
      '.',
    ],
  ],
  inputs: [],
  code: commands,
  actions: shown.page ? [{ label: 'Open its page', url: shown.page }] : [],
})

/** Asks a member why. */
export const denyControlGroupForm = (shown: ShownControlGroup, context: Context): FormView => {
  const isEnd = shown.group.state === 'authorised'
  return {
    title: isEnd ? 'End what was authorised?' : 'Deny this at the vault?',
    submit: { label: isEnd ? 'End it' : 'Deny', command: { form: 'deny-control-group', controlGroup: shown.group.id } },
    close: 'Not now',
    fields: fieldsOf(shown, context),
    notes: [
      ['Latchkey ends the wrapping token at the vault. What it would have given is then not given to anybody.'],
      ...(isEnd ? [['The requester may have used it already.'] as const] : []),
    ],
    inputs: [
      {
        ...{ name: 'note', label: 'Reason', kind: 'paragraph', min: reasonLength.min, max: reasonLength.max },
        hint: 'The requester reads this. If possible, say what to do instead.',
      },
    ],
    actions: [],
  }
}

/** The answer to a report, for the reporter alone. */
export const reportedAnswer = (shown: ShownControlGroup, isNew: boolean, context: Context): MessageView => ({
  ...controlGroupCard('asker', shown, context),
  title: isNew ? 'The control group is asked' : 'This was reported before',
})

/** After a denial, for its member. */
export const controlGroupDenied: Text = ['You denied it. The vault ends it now, and the requester reads your reason.']
