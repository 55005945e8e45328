import { Hono } from 'hono'
import { results, Verb } from '../../control/protocol.ts'
import { rolesFor } from '../../control/roles.ts'
import { ControlRefusal } from '../../control/server.ts'
import type { PersonId } from '../../domain/ids.ts'
import { mayAs, type Roles } from '../../domain/operator-role.ts'
import type { Refusal } from '../../domain/refusal.ts'
import { seconds } from '../../domain/time.ts'
import { reasonLength } from '../../domain/written.ts'
import { refusalView } from '../../views/copy.ts'
import type { Env } from '../common.ts'
import { sent, shown, type Turn } from './guard.ts'
import { refusedPage } from './pages/notices.ts'
import { operatorsPage } from './pages/operators.ts'
import type { Site } from './site.ts'

/** What operators do on pages, by the same desk as at the machine and by API. */
export type OperatorsHere = {
  /** The person's roles at this moment. */
  roles(person: PersonId): Roles
  /** Throws `ControlRefusal` to refuse, which is audited then. */
  answer(asked: Verb, by: PersonId): Promise<unknown>
  /** Whether the person still has an active account in chat. */
  admit(person: PersonId): Promise<Refusal | undefined>
}

/** A change needs a sign-in as fresh as an approval does. */
const freshFor = seconds(900)
const back = 'operators'
const reasonText = `write nothing, or ${reasonLength.min} to ${reasonLength.max} characters that say why, without a password or token`

/** Who operates Latchkey, and the live access of everybody, which operators end. */
export const operatorRoutes = (site: Site): Hono<Env> =>
  new Hono<Env>()
    .get(
      '/operators',
      shown(site, (turn) => orRefused(site, turn, () => list(site, turn))),
    )
    .post(
      '/operators/end',
      sent(site, async (turn, { id, note }) => {
        const { visit, goTo } = turn
        if (!visit.isFresh(freshFor)) return site.leave(turn.context, back)
        const barred = await site.operators.admit(visit.person.id)
        if (barred) return turn.show(refusedPage(turn.frame, await turn.refused(barred), site.ways.to(back)), 403)
        return orRefused(site, turn, async () => {
          const reason = note.trim() === '' ? undefined : note
          const asked = Verb.safeParse({ verb: 'revoke', grant: id, reason })
          if (!asked.success) throw new ControlRefusal('not-understood', reasonText)
          await site.operators.answer(asked.data, visit.person.id)
          return goTo(site.ways.to(`${back}?done=end`))
        })
      }),
    )

const list = async ({ operators, clock }: Site, { visit, frame, show, context }: Turn) => {
  const by = visit.person.id
  const roles = operators.roles(by)
  const lines = results.operators.parse(await operators.answer({ verb: 'operators' }, by))
  const mayLook = mayAs(roles, rolesFor.grants)
  const live: Verb = { verb: 'grants', state: 'live', limit: 200 }
  const grants = mayLook ? results.grants.parse(await operators.answer(live, by)) : []
  const token = mayAs(roles, rolesFor.revoke) ? visit.token('operators/end') : undefined
  const isDone = context.req.query('done') === 'end'
  return show(operatorsPage({ frame, lines, grants, mayLook, isDone, now: clock.now(), ...(token && { token }) }))
}

/** A refusal of the desk is a page; it was audited where it was refused. */
const orRefused = async (site: Site, turn: Turn, work: () => Promise<Response>): Promise<Response> => {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof ControlRefusal)) throw error
    const isRole = error.code === 'needs-role'
    const verb = turn.context.req.method === 'POST' ? 'revoke' : 'operators'
    const refusal: Refusal = isRole
      ? { code: 'needs-role', verb, needs: rolesFor[verb] }
      : { code: 'not-done', why: error.message }
    const to = site.ways.to(isRole ? '' : back)
    return turn.show(refusedPage(turn.frame, refusalView(refusal), to), isRole ? 403 : 409)
  }
}
