import { ownRequests, waitingRequests } from '../../../app/list-requests.ts'
import { readRequest } from '../../../app/may-read.ts'
import { namedItems } from '../../../app/named-items.ts'
import { integrationId, type PersonId, requestId } from '../../../domain/ids.ts'
import { accept, type Outcome, refuse } from '../../../domain/refusal.ts'
import { after, seconds } from '../../../domain/time.ts'
import type { Loaded } from '../../../ports.ts'
import { needsSignIn } from '../answer.ts'
import { call } from '../call.ts'
import type { Parts } from '../parts.ts'
import { requestCursor } from '../schemas/cursor.ts'
import { Judgement, Request, RequestPage, RequestQuery, WaitQuery, Wish } from '../schemas/requests.ts'
import { requestFor, requestShape, timelineOf } from '../shapes/request.ts'

const shown = async (parts: Parts, outcome: Outcome<Loaded>, reader: PersonId) =>
  outcome.ok ? accept(await requestFor(parts, outcome.value, reader)) : outcome

/** The same with everything that happened to it. */
const told = async (parts: Parts, outcome: Outcome<Loaded>, reader: PersonId) =>
  outcome.ok
    ? accept({
        ...(await requestFor(parts, outcome.value, reader)),
        timeline: await timelineOf(parts, outcome.value.request.id),
      })
    : outcome

const fileRequest = call({
  ...{ method: 'post', path: '/requests', name: 'fileRequest', status: 201, isKeyed: true },
  asksChat: 'always',
  isForPipelines: true,
  summary: 'Asks for access to one or several things of one vault.',
  body: Wish,
  answer: Request,
  handle: async (parts, { caller, body, key }) => {
    const { vault, items: wanted, ...rest } = body
    const requester = caller.person.id
    const items = await namedItems(parts.deps)(requester, integrationId(vault), wanted)
    if (!items.ok) return items
    const draft = await parts.keyedDraft(requester, key, body)
    if (!draft.ok) return draft
    const { run } = caller
    const filed = await parts.useCases.submitRequest({
      requester,
      draft: draft.value,
      items: items.value,
      run,
      ...rest,
    })
    if (filed.ok) return shown(parts, filed, requester)
    const smaller = await parts.useCases.smallerFolders(requester, filed.refusal, items.value)
    return smaller.length > 0 ? { ...filed, more: { smaller: [...smaller] } } : filed
  },
})

const listRequests = call({
  ...{ method: 'get', path: '/requests', name: 'listRequests', status: 200, isForPipelines: true },
  summary: 'Your requests, newest first, or those that wait for your decision, the most urgent first.',
  query: RequestQuery,
  answer: RequestPage,
  handle: async ({ deps }, { caller, query: { which, cursor, limit } }) => {
    const person = caller.person.id
    if (which === 'waiting' && caller.rights !== 'all') {
      return refuse(caller.by === 'pipeline' ? { code: 'not-for-pipelines' } : needsSignIn({ deps }))
    }
    const page =
      which === 'mine'
        ? await ownRequests(deps)(person, { before: cursor?.request, limit })
        : await waitingRequests(deps)(person, { beyond: cursor, limit })
    const last = page.shown.at(-1)?.request
    return accept({
      items: page.shown.map((loaded) => requestShape({ deps }, loaded)),
      ...(page.hasMore && last && { next: requestCursor(last) }),
    })
  },
})

const showRequest = call({
  ...{ method: 'get', path: '/requests/{id}', name: 'showRequest', status: 200, about: 'request' },
  isForPipelines: true,
  summary: 'One request, for its requester and the owners; with `wait`, as soon as it changes.',
  query: WaitQuery,
  answer: Request,
  handle: async (parts, { caller, id, query: { wait, revision }, gone }) => {
    const { deps } = parts
    const reader = caller.person.id
    const found = await readRequest(deps)(requestId(id), reader)
    if (!found.ok) return found
    if (caller.rights !== 'all' && found.value.request.requester !== reader) return refuse({ code: 'no-such-request' })
    if (wait === 0) return told(parts, found, reader)
    const until = after(deps.clock.now(), seconds(wait))
    const waited = await parts.waiting(reader, () =>
      parts.awaitChange(requestId(id), until, gone, revision ?? found.value.request.revision),
    )
    return waited.ok ? told(parts, await readRequest(deps)(requestId(id), reader), reader) : waited
  },
})

const decideRequest = call({
  ...{ method: 'post', path: '/requests/{id}/decision', name: 'decideRequest', status: 200, about: 'request' },
  needsAll: true,
  asksChat: 'always',
  summary: 'Approves or denies what waits for you, exactly as in chat.',
  body: Judgement,
  answer: Request,
  fields: { 'reason-too-long': 'note', 'part-changed': 'seen' },
  handle: async (parts, { caller, id, body: { verdict, note: written = '', duration, seen: shownPart } }) => {
    const by = caller.person.id
    const note = written.trim()
    const { plan, items = [] } = shownPart ?? {}
    const seen = shownPart && { seen: { items, ...(plan !== undefined && { plan }) } }
    const judgement =
      verdict === 'approve'
        ? { verdict, ...(note !== '' && { note }), ...(duration !== undefined && { duration }) }
        : { verdict, note }
    return shown(parts, await parts.useCases.decideRequest(requestId(id), { by, ...seen, ...judgement }), by)
  },
})

const cancelRequest = call({
  ...{ method: 'post', path: '/requests/{id}/cancel', name: 'cancelRequest', status: 200, about: 'request' },
  asksChat: 'always',
  isForPipelines: true,
  summary: 'Cancels your pending request.',
  answer: Request,
  handle: async (parts, { caller, id }) =>
    shown(parts, await parts.useCases.cancelRequest(requestId(id), caller.person.id), caller.person.id),
})

/** Calls about requests. */
export const requests = [fileRequest, listRequests, showRequest, decideRequest, cancelRequest]
