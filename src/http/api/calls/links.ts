import { linkByApi, redeemByApi } from '../../../app/fetch-by-api.ts'
import type { Redeemed as Outcome } from '../../../app/redeem-fetch-link.ts'
import { accept, type Refusal, refuse } from '../../../domain/refusal.ts'
import { call } from '../call.ts'
import { Link, Redeemed, RedeemWish } from '../schemas/links.ts'
import { moment } from '../shapes/moment.ts'

const openLink = call({
  ...{ method: 'post', path: '/grants/{id}/link', name: 'openLink', status: 201, about: 'grant' },
  isForPipelines: true,
  summary: 'Draws a one-time link to the credential of your access; only this session may use it.',
  answer: Link,
  handle: async ({ deps }, { caller, id }) => {
    const opened = await linkByApi(deps)(id, caller)
    if (!opened.ok) return opened
    const { url, expiresAt } = opened.value
    return accept({ url: url.reveal(), expiresAt: moment(expiresAt) })
  },
})

const redeemLink = call({
  ...{ method: 'post', path: '/links/redeem', name: 'redeemLink', status: 200, isOpen: true },
  isForPipelines: true,
  summary: 'Uses up a one-time link. Where links require a sign-in, with a fresh one of its person.',
  body: RedeemWish,
  answer: Redeemed,
  handle: async ({ deps }, { caller, body }) => {
    const redeemed = await redeemByApi(deps)(body.link, caller)
    if (!redeemed.ok) return redeemed
    if (redeemed.value.kind !== 'credential') return refuse(refusalOf(redeemed.value))
    const { credential, what, grant } = redeemed.value
    const { wrappingToken, address, namespace, commands, spendBy, appRole, login } = credential
    return accept({
      ...{ wrappingToken: wrappingToken.reveal(), address, grant, vault: what.integration },
      ...(namespace !== undefined && { namespace }),
      ...(appRole && login && { appRole: { ...appRole, mount: login.mount, loginBy: moment(appRole.loginBy) } }),
      commands: [...commands],
      ...{ until: moment(what.until), spendBy: moment(spendBy) },
      items: what.items.map(({ type, path, permission }) => ({ type, path, permission })),
    })
  },
})

/** A used link says neither what it opened nor for whom. */
const refusalOf = ({ kind }: Exclude<Outcome, { kind: 'credential' }>): Refusal => {
  if (kind === 'failed' || kind === 'not-yet') return { code: 'try-again' }
  return kind === 'sign-in-first' ? { code: 'not-signed-in', why: 'nothing' } : { code: 'link-unusable' }
}

/** Calls about one-time links. */
export const links = [openLink, redeemLink]
