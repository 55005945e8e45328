import { type AuditEvent, system } from '../domain/audit-event.ts'
import { called, calling, looked, looking, type Newest, type Rotation } from '../domain/rotation.ts'
import { type Connector, ExternalError, type RotationHooks } from '../ports.ts'
import { aboutGrant, type Deps } from './deps.ts'

/**
 * Tells a receiver that a secret was read. The row is moved first, so one process calls at a time. A kill, or an answer
 * that is lost, repeats the call with the same id.
 */
export const callHook = async (deps: Deps, hooks: RotationHooks, due: Rotation, signal: AbortSignal): Promise<void> => {
  const { store, clock, log } = deps
  const row = calling(due, clock.now())
  if (!(await store.moveRotations({ rows: [row] }))) return
  const { id, secret, reads, grant, integration } = row
  const hook = secret === undefined ? undefined : hooks(integration, secret)
  const request = (await store.requestOfGrant(grant))?.request
  if (!hook || !request || id === undefined || secret === undefined || !reads) {
    // The configuration names no receiver any more.
    return void (await store.moveRotations({ rows: [called(row, false)] }))
  }
  const isTaken = await hook({ id, integration, request: request.id, grant, path: secret, reads }, signal)
    .then(() => true)
    .catch((error: unknown) => {
      if (!(error instanceof ExternalError)) throw error
      log.warn({ integration, secret, code: error.code, problem: error.message }, 'a receiver does not take a rotation')
      return false
    })
  const after = called(row, isTaken)
  const audit = after.hook === 'due' ? [] : [eventOf(after, request, clock.now())]
  await store.moveRotations({ rows: [after], audit, isShown: audit.length > 0 })
}

const eventOf = (
  { hook, id = '', secret = '', grant, tries }: Rotation,
  request: Parameters<typeof aboutGrant>[0],
  at: AuditEvent['at'],
): AuditEvent => ({
  ...{ at, kind: hook === 'done' ? 'rotation-called' : 'rotation-failed', actor: system },
  ...aboutGrant(request, grant),
  detail: { secret, id, tries },
})

/** Looks whether a newer version is there. A vault that does not answer is asked again later. */
export const lookAtVersion = async (
  deps: Deps,
  versions: NonNullable<Connector['versions']>,
  due: Rotation,
  signal: AbortSignal,
): Promise<void> => {
  const { store, clock } = deps
  const row = looking(due, clock.now())
  if (!(await store.moveRotations({ rows: [row] }))) return
  const newest = await newestOf(deps, versions, row, signal)
  if (newest === undefined) return
  const after = looked(row, newest, clock.now())
  const isNews = after.state !== row.state || after.version !== row.version
  const request = after.state === 'changed' ? (await store.requestOfGrant(row.grant))?.request : undefined
  const { secret = '', version = 0, changedAt } = after
  const detail = { secret, version, ...(changedAt !== undefined && { written: changedAt }) }
  const audit: readonly AuditEvent[] = request
    ? [{ at: clock.now(), kind: 'value-changed', actor: system, ...aboutGrant(request, row.grant), detail }]
    : []
  await store.moveRotations({ rows: [after], audit, isShown: isNews })
}

const newestOf = async (
  { log }: Deps,
  versions: NonNullable<Connector['versions']>,
  { secret = '', integration }: Rotation,
  signal: AbortSignal,
): Promise<Newest | undefined> => {
  try {
    return await versions.newest(secret, signal)
  } catch (error) {
    if (!(error instanceof ExternalError)) throw error
    log.info({ integration, secret, code: error.code }, 'nobody can tell whether a value was changed')
    return undefined
  }
}
