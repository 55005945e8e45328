import type { OtherSecrets } from '../domain/beneath.ts'
import type { Caveat } from '../domain/caveat.ts'
import type { Integration } from '../domain/integration.ts'
import { maxItems } from '../domain/request-items.ts'
import { isFolder } from '../domain/resource.ts'
import type { Seconds } from '../domain/time.ts'
import type { WorkloadOffer } from '../domain/workload.ts'
import { reasonLength } from '../domain/written.ts'
import { caveatNotes, outlastingNotes, reachOf } from './item-notes.ts'
import { lengthInput } from './length-input.ts'
import { lentHint } from './lent-notes.ts'
import { lookAlikeText, visible } from './names.ts'
import { pathsText } from './request-items.ts'
import {
  askable,
  chosenText,
  emptyText,
  hindrance,
  type Offered,
  resourceOption,
  wholeInMenus,
} from './resource-options.ts'
import type { FormView, Input, Text } from './view-model.ts'
import { searchExample, type Unclear, unclearNote } from './words-notes.ts'
import { type WorkloadDraft, workloadFields, workloadInputs } from './workload-inputs.ts'

/** The names of the fields in submissions. */
export const fieldNames = [
  'integration',
  'resource',
  'permission',
  'ifDenied',
  'others',
  ...workloadFields,
  'duration',
  'reason',
  'note',
] as const
export type FieldName = (typeof fieldNames)[number]
export type FieldErrors = { readonly [Name in FieldName]?: string }

/** A chosen resource in the form. */
export type Chosen = Offered & {
  readonly permission?: string | undefined
  /** What makes the resource hardly useful now. */
  readonly caveats?: readonly Caveat[]
}

/** The present content of the request form. */
export type RequestFormState = {
  readonly draft: string
  /** The integrations from which the person may request. */
  readonly integrations: readonly Integration[]
  readonly integration: Integration
  /** Whether the integration offers anything; absent when that was not checked. */
  readonly offers?: 'something' | 'nothing' | 'looking'
  readonly chosen?: readonly Chosen[]
  /** One denial denies the whole request; asked when several resources are chosen. */
  readonly allOrNothing?: boolean
  /** What becomes of other owners' secrets; asked when a folder is chosen. */
  readonly others?: OtherSecrets
  /** What the vault offers to workloads, and who is to use the access. */
  readonly workloads?: WorkloadOffer | undefined
  readonly used?: WorkloadDraft
  /** Smaller folders in a chosen one that is too large. */
  readonly smaller?: readonly string[]
  readonly duration?: Seconds
  /** The length that the person typed, if it is not on offer. */
  readonly unoffered?: Seconds | undefined
  readonly reason?: string
  /** Words that named no single resource, to be explained to the person. */
  readonly unclear?: readonly Unclear[]
  /** A path that the person may request, for the example. */
  readonly example?: string | undefined
  /** Paths of an earlier request that cannot be requested now, to be shown to the person. */
  readonly leftOut?: readonly string[]
}

/**
 * Asks for the resource, the length and the reason. Permission appears after the choice of a resource, because it
 * depends on it.
 */
export const requestForm = (state: RequestFormState, errors: FieldErrors = {}): FormView => {
  const { integrations, integration, chosen = [] } = state
  const inputs: readonly (Input | undefined)[] = [
    integrations.length > 1
      ? {
          name: 'integration',
          label: 'Vault',
          kind: 'select',
          options: integrations.map(({ id }) => ({ label: id, value: id })),
          value: integration.id,
          reloads: true,
        }
      : undefined,
    {
      name: 'resource',
      label: 'What',
      hint: chosen.length > 0 ? chosenText(chosen) : `Type a part of its path. You can choose up to ${maxItems}.`,
      kind: 'typeahead',
      scope: integration.id,
      values: chosen.map((each) => resourceOption(each)),
      most: maxItems,
      placeholder: state.example
        ? `Search, for example: ${searchExample(state.example)}`
        : 'Search by a part of its path',
      reloads: true,
    },
    ...chosen.map((each) => permissionInput(each, chosen.length > 1)),
    // Without owners of resources the same people decide everything, and a denial is of everything.
    chosen.length > 1 && integration.resourceOwner ? ifDeniedInput(state.allOrNothing === true) : undefined,
    chosen.some(({ resource }) => isFolder(resource)) && integration.resourceOwner
      ? othersInput(state.others)
      : undefined,
    ...workloadInputs(state.workloads, state.used),
    lengthInput(state),
    {
      name: 'reason',
      label: 'Why',
      hint: 'The owners decide by it, and the audit log keeps it. Write no secrets here.',
      kind: 'paragraph',
      ...reasonLength,
      ...(state.reason && { value: state.reason }),
      placeholder: 'For example: reading the connection string to debug failing payments',
    },
  ]
  const notes = formNotes(state)
  const isEmpty = state.offers === 'nothing' || state.offers === 'looking'
  if (isEmpty && integrations.length === 1) return { title: 'Request access', notes, inputs: [], actions: [] }
  return {
    title: 'Request access',
    submit: { label: 'Send request', command: { form: 'request', draft: state.draft } },
    notes,
    inputs: inputs.filter((input) => input !== undefined).map((input) => withError(input, errors)),
    actions: [],
  }
}

const withError = (input: Input, errors: FieldErrors): Input => {
  const error = Object.entries(errors).find(([name]) => name === input.name)?.[1]
  return error === undefined ? input : { ...input, error }
}

const formNotes = (state: RequestFormState): Text[] => {
  const { integrations, integration, offers, chosen = [], unclear = [], leftOut = [], smaller = [] } = state
  const notes: Text[] = smaller.length > 0 ? [smallerText(smaller)] : []
  if (integrations.length === 1)
    notes.push(['Access at ', { code: integration.id }, '. An owner decides, and it ends by itself.'])
  if (offers === 'nothing' || offers === 'looking') return [...notes, [emptyText[offers].join(' ')]]
  if (leftOut.length > 0) notes.push(['Left out, because it is not offered now: ', ...pathsText(leftOut), '.'])
  return [
    ...notes,
    ...unclear.map(unclearNote),
    ...chosen.flatMap((each) => [...resourceNotes(each), ...caveatNotes(each.resource, each.caveats)]),
    ...outlastingNotes([...new Set(chosen.flatMap(outlastingIn))]),
  ]
}

/** What outlasts the access that the person is about to ask for. */
const outlastingIn = (chosen: Chosen): readonly string[] => chosen.outlasts?.get(permissionOf(chosen) ?? '') ?? []

/** The chosen permission, or the only one. */
const permissionOf = (chosen: Chosen): string | undefined => {
  const permissions = askable(chosen)
  return permissions.find((one) => one === chosen.permission) ?? (permissions.length === 1 ? permissions[0] : undefined)
}

/** Folders to ask for instead of one that is too large. */
export const smallerText = (folders: readonly string[]): Text => ['Smaller folders in it: ', ...pathsText(folders), '.']

/** Shows the whole path, because a menu may cut it, and notes about anything a reader could miss. */
const resourceNotes = (offered: Chosen): Text[] => {
  const { path, obstacle } = offered.resource
  const shown = { code: visible(path) }
  const mark = lookAlikeText(path)
  if (obstacle) return [[shown, ' cannot be granted safely: ', obstacle]]
  if (hindrance(offered)) return [[shown, notLent]]
  if (mark) return [['You ask for ', shown, `. ${mark}`]]
  return path.length > wholeInMenus ? [['You ask for ', shown, '.']] : []
}

const notLent =
  ' cannot be asked for: no policy that Latchkey may lend gives it. Ask the owners of the integration to have one lent.'

const permissionInput = (offered: Chosen, isOneOfMany: boolean): Input | undefined => {
  const { resource } = offered
  const permissions = askable(offered)
  if (permissions.length === 0) return undefined
  const value = permissionOf(offered)
  return {
    name: 'permission',
    label: isOneOfMany ? `Permission on ${visible(resource.path)}` : 'Permission',
    kind: 'select',
    ...hintFor(offered, value),
    scope: resource.id,
    options: permissions.map((permission) => ({ label: permission, value: permission })),
    ...(value && { value }),
  }
}

/** The value of the choice that one denial denies the whole request. */
export const nothingUnlessAll = 'nothing'

const ifDeniedInput = (allOrNothing: boolean): Input => ({
  name: 'ifDenied',
  label: 'If an owner denies a part',
  hint: 'What you choose here is shown to the owners.',
  kind: 'select',
  options: [
    { label: 'Give me the rest', value: 'rest' },
    { label: 'Give me nothing: I need all of it', value: nothingUnlessAll },
  ],
  value: allOrNothing ? nothingUnlessAll : 'rest',
})

const othersInput = (others: OtherSecrets = 'leave-out'): Input => ({
  name: 'others',
  label: 'Secrets of other owners beneath',
  hint: 'Latchkey looks at the vault what lies there. Pinned and excluded paths are always left out.',
  kind: 'select',
  options: [
    { label: 'Leave them out', value: 'leave-out' satisfies OtherSecrets },
    { label: 'Ask their owners too', value: 'ask' satisfies OtherSecrets },
  ],
  value: others,
})

/** Where the types of keys are unknown, every key is offered for everything. */
const hintFor = (offered: Chosen, chosen: string | undefined): { hint?: string } => {
  const { type, permissions } = offered.resource
  const isAnything = type === 'key' && permissions.includes('encrypt') && permissions.includes('sign')
  const lent = chosen === undefined ? undefined : offered.lends?.get(chosen)
  const missing = permissions.filter((one) => !askable(offered).includes(one))
  const hints = [
    reachOf(type, chosen) ??
      (isAnything ? 'Few keys support all of these: that depends on the type of the key.' : undefined),
    lent && lentHint(lent),
    missing.length > 0 ? `No policy is lent for: ${missing.join(', ')}.` : undefined,
  ].filter((hint) => hint !== undefined)
  return hints.length > 0 ? { hint: hints.join(' ') } : {}
}
