import { integrationId } from '../../../domain/ids.ts'
import { accept, type Outcome } from '../../../domain/refusal.ts'
import type { ShownControlGroup } from '../../../views/control-groups.ts'
import { call } from '../call.ts'
import type { Parts } from '../parts.ts'
import { Authorisation, ControlGroup, ControlGroups, Denial, Report } from '../schemas/control-groups.ts'
import { controlGroupShape } from '../shapes/control-group.ts'

const shaped = (parts: Pick<Parts, 'deps'>, outcome: Outcome<ShownControlGroup>) =>
  outcome.ok ? accept(controlGroupShape(parts, outcome.value)) : outcome

const reportControlGroup = call({
  ...{ method: 'post', path: '/control-groups', name: 'reportControlGroup', status: 200, asksChat: 'always' },
  summary: 'Tells of a request at a vault that waits for its control group; its members are asked.',
  body: Report,
  answer: ControlGroup,
  handle: async (parts, { caller, body: { accessor, vault } }) => {
    const at = vault === undefined ? undefined : integrationId(vault)
    const told = await parts.useCases.controlGroups.report(accessor, caller.person.id, at)
    return told.ok ? accept(controlGroupShape(parts, told.value.shown)) : told
  },
})

const listControlGroups = call({
  ...{ method: 'get', path: '/control-groups', name: 'listControlGroups', status: 200 },
  summary: 'The latest control groups that you asked for, told of, or decide on; those that wait come first.',
  answer: ControlGroups,
  handle: async (parts, { caller }) => {
    const all = await parts.useCases.controlGroups.list(caller.person.id)
    return accept({ items: all.map((one) => controlGroupShape(parts, one)) })
  },
})

const showControlGroup = call({
  ...{ method: 'get', path: '/control-groups/{id}', name: 'showControlGroup', status: 200 },
  summary: 'One of them.',
  answer: ControlGroup,
  handle: async (parts, { caller, id }) => shaped(parts, await parts.useCases.controlGroups.show(id, caller.person.id)),
})

const authoriseControlGroup = call({
  ...{ method: 'post', path: '/control-groups/{id}/authorisation', name: 'authoriseControlGroup', status: 200 },
  ...{ needsAll: true, asksChat: 'always' },
  summary: 'What you run with your own token of the vault to authorise it; nothing else authorises it.',
  answer: Authorisation,
  handle: async (parts, { caller, id }) => {
    const found = await parts.useCases.controlGroups.authorise(id, caller.person.id)
    if (!found.ok) return found
    const { shown, commands } = found.value
    const { integration, accessor } = shown.group
    const { address = '', namespace } = parts.deps.integrations.get(integration)?.connector.describe() ?? {}
    return accept({ commands: [...commands], address, accessor, ...(namespace !== undefined && { namespace }) })
  },
})

const denyControlGroup = call({
  ...{ method: 'post', path: '/control-groups/{id}/denial', name: 'denyControlGroup', status: 200 },
  ...{ needsAll: true, asksChat: 'always' },
  summary: 'Denies it: the wrapping token is ended at the vault, and its requester reads your note.',
  body: Denial,
  answer: ControlGroup,
  fields: { 'reason-too-long': 'note' },
  handle: async (parts, { caller, id, body: { note } }) =>
    shaped(parts, await parts.useCases.controlGroups.deny(id, caller.person.id, note)),
})

/** Calls about control groups of the vaults. */
export const controlGroups = [
  ...[reportControlGroup, listControlGroups, showControlGroup],
  ...[authoriseControlGroup, denyControlGroup],
]
