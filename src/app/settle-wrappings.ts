import { system } from '../domain/audit-event.ts'
import type { Handle } from '../domain/connector.ts'
import type { IntegrationId } from '../domain/ids.ts'
import { nextLook, stateAfter, stepOf, type Wrapping, type WrappingNews } from '../domain/wrapping.ts'
import { type Connector, ExternalError, type Loaded } from '../ports.ts'
import { cardsTo } from './cards-for.ts'
import type { Deps } from './deps.ts'
import { linkEvent } from './find-link.ts'
import { type HeldAccount, withAccount } from './with-account.ts'

type Ender = NonNullable<Connector['wrappings']>

/**
 * Ends the credentials that nobody opened in time: the wrapping first, so that nobody can open it any more, and only
 * then the token inside. Each step is a row before its call. Where nobody can tell whether it was opened, the token is
 * left alone: nobody else has it, and it ends with the access.
 */
export const settleWrappings =
  (deps: Deps, integration: IntegrationId) =>
  async (signal: AbortSignal): Promise<void> => {
    const connector = deps.integrations.get(integration)?.connector
    const ender = connector?.wrappings
    if (!connector || !ender) return
    const due = await deps.store.dueWrappings(integration, deps.clock.now())
    await Promise.all(due.map((wrapping) => settleOne(deps, connector, ender, wrapping, signal)))
    if (due.length > 0) deps.nudge()
  }

const settleOne = async (
  deps: Deps,
  connector: Connector,
  ender: Ender,
  due: Wrapping,
  signal: AbortSignal,
): Promise<void> => {
  const person = (await deps.store.requestOfGrant(due.grant))?.grant?.person
  if (person === undefined) return
  try {
    await withAccount(deps, connector, person, (holding) => takeSteps(deps, ender, due.link, holding, signal))
  } catch (error) {
    if (!(error instanceof ExternalError)) throw error
    deps.log.warn({ grant: due.grant, code: error.code }, 'a credential that nobody opened could not be ended yet')
    const now = deps.clock.now()
    const { state } = (await deps.store.wrapping(due.link)) ?? due
    if (stepOf({ state }) !== 'none')
      await deps.store.moveWrapping(due.link, { from: state, to: state, lookAt: nextLook(now), now })
  }
}

const takeSteps = async (
  { store, clock, ...deps }: Deps,
  ender: Ender,
  link: Wrapping['link'],
  { held }: HeldAccount,
  signal: AbortSignal,
): Promise<void> => {
  let isFirst = false
  while (!signal.aborted) {
    const wrapping = await store.wrapping(link)
    if (!wrapping || stepOf(wrapping) === 'none') return
    const live = await liveOf({ ...deps, store, clock }, wrapping)
    const news: WrappingNews | undefined = live && (await ask(ender, wrapping, live.handle, isFirst))
    const now = clock.now()
    const to: Wrapping['state'] = news ? stateAfter(wrapping, news, now) : 'over'
    if (!(await store.isHeld(held))) return // another step goes on from the row
    const told = to === 'unopened' && live ? newsOf({ ...deps, store, clock }, live, now) : {}
    if (!(await store.moveWrapping(link, { from: wrapping.state, to, now, ...told }))) return
    if (to === 'unknown') deps.log.info({ grant: wrapping.grant }, 'nobody can tell whether a credential was opened')
    isFirst = to === 'closing' // noted by this run, and no call was sent yet
  }
}

type LiveWrapping = {
  readonly loaded: Loaded
  readonly handle: Handle
  readonly link: Parameters<typeof linkEvent>[0]['link']
}

/** The access and its link, while the credential in question is the one that works. */
const liveOf = async ({ store }: Deps, wrapping: Wrapping): Promise<LiveWrapping | undefined> => {
  const link = await store.link({ id: wrapping.link })
  const loaded = await store.requestOfGrant(wrapping.grant)
  const isLive = loaded?.grant?.state === 'active' && link?.credential?.state === 'issued'
  return isLive && link.misusedAt === undefined ? { loaded, link, handle: loaded.grant?.handle ?? {} } : undefined
}

const ask = async (
  ender: Ender,
  wrapping: Wrapping,
  handle: Handle,
  isFirst: boolean,
): Promise<WrappingNews | undefined> => {
  switch (stepOf(wrapping)) {
    case 'look':
      return { kind: 'seen', isThere: await ender.isThere(handle) }
    case 'revoke-wrapping':
      return { kind: 'revoked', isOurs: await ender.revoke(handle), isFirst }
    case 'end-token':
      await ender.endToken(handle)
      return { kind: 'token-ended' }
    default:
      return undefined
  }
}

/** The row of the audit log, and a message to the person, who may fetch again. */
const newsOf = (deps: Deps, { loaded, link }: LiveWrapping, now: ReturnType<Deps['clock']['now']>) => ({
  audit: [linkEvent({ link, loaded }, now, 'credential-unopened', {}, system)],
  cards: cardsTo(deps, loaded.request.requester, {
    ...{ request: loaded.request.id, audience: 'notice', notice: { about: 'credential-unopened', at: now } },
  }),
})
