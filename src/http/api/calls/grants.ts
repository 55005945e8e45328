import { extendGrant } from '../../../app/extend-grant.ts'
import { ownGrants } from '../../../app/list-requests.ts'
import { readRequest } from '../../../app/may-read.ts'
import { grantId } from '../../../domain/ids.ts'
import { accept, refuse } from '../../../domain/refusal.ts'
import { call } from '../call.ts'
import { requestCursor } from '../schemas/cursor.ts'
import { EndWish, Grant, GrantPage, GrantQuery } from '../schemas/grants.ts'
import { Extension, Request } from '../schemas/requests.ts'
import { grantShape, usedGrantShape } from '../shapes/grant.ts'
import { requestFor } from '../shapes/request.ts'

const listGrants = call({
  ...{ method: 'get', path: '/grants', name: 'listGrants', status: 200, isForPipelines: true },
  summary: 'Your access, newest first.',
  query: GrantQuery,
  answer: GrantPage,
  handle: async (parts, { caller, query: { which, cursor, limit } }) => {
    const state = which === 'mine' ? 'live' : 'ended'
    const page = await ownGrants(parts.deps)(caller.person.id, state, { before: cursor?.request, limit })
    const last = page.shown.at(-1)?.request
    return accept({
      items: (await Promise.all(page.shown.map((loaded) => usedGrantShape(parts, loaded)))).flat(),
      ...(page.hasMore && last && { next: requestCursor({ id: last.id }) }),
    })
  },
})

const showGrant = call({
  ...{ method: 'get', path: '/grants/{id}', name: 'showGrant', status: 200, about: 'grant' },
  isForPipelines: true,
  summary: 'One access, for its holder and the owners.',
  answer: Grant,
  handle: async (parts, { caller, id }) => {
    const { person, rights } = caller
    const request = (await parts.deps.store.requestOfGrant(grantId(id)))?.request
    const found = request && (await readRequest(parts.deps)(request.id, person.id))
    const isShown = found?.ok && (rights === 'all' || request?.requester === person.id)
    const [shown] = isShown ? await usedGrantShape(parts, found.value) : []
    return shown ? accept(shown) : refuse({ code: 'no-such-request' })
  },
})

const revokeGrant = call({
  ...{ method: 'post', path: '/grants/{id}/revoke', name: 'revokeGrant', status: 200, about: 'grant' },
  asksChat: 'unless-own',
  isForPipelines: true,
  summary: 'Gives your own access back, or ends that of somebody else as an owner. The end is proved later.',
  body: EndWish,
  isBodyOptional: true,
  answer: Grant,
  fields: { 'reason-too-long': 'note' },
  handle: async (parts, { caller, id, body }) => {
    const { person, rights } = caller
    const note = body?.note?.trim() ?? ''
    if (rights !== 'all') {
      const loaded = await parts.deps.store.requestOfGrant(grantId(id))
      if (!loaded) return refuse({ code: 'no-such-request' })
      if (loaded.request.requester !== person.id) return refuse({ code: 'not-an-owner' })
    }
    const ended = await parts.useCases.revokeGrant(grantId(id), person.id, note)
    if (!ended.ok) return ended
    return ended.value.grant ? accept(grantShape(parts, ended.value.grant)) : refuse({ code: 'no-such-request' })
  },
})

const extend = call({
  ...{ method: 'post', path: '/grants/{id}/extend', name: 'extendGrant', status: 201, about: 'grant', isKeyed: true },
  asksChat: 'always',
  isForPipelines: true,
  summary: 'Asks for the same access again, to follow your live one; it is decided anew.',
  body: Extension,
  answer: Request,
  handle: async (parts, { caller, id, body, key }) => {
    const by = caller.person.id
    const draft = await parts.keyedDraft(by, key, { extends: id, ...body })
    if (!draft.ok) return draft
    const filed = await extendGrant(parts.deps)(grantId(id), by, { ...body, draft: draft.value, run: caller.run })
    return filed.ok ? accept(await requestFor(parts, filed.value, by)) : filed
  },
})

/** Calls about access. */
export const grants = [listGrants, showGrant, revokeGrant, extend]
