import { type ActiveGrant, extendable, lengthsToExtend } from '../domain/extension.ts'
import type { GrantId, PersonId } from '../domain/ids.ts'
import type { Integration } from '../domain/integration.ts'
import { accept, type Outcome, refuse } from '../domain/refusal.ts'
import type { Seconds } from '../domain/time.ts'
import type { Loaded } from '../ports.ts'
import { type Deps, notServed } from './deps.ts'
import { barTo, barToRequester, isDeactivated } from './may-hold.ts'

/** A grant that its holder may extend now, and the lengths that end later than it. */
export type Extendable = {
  readonly request: Loaded['request']
  readonly grant: ActiveGrant
  readonly integration: Integration
  readonly lengths: readonly Seconds[]
}

/** Whether the person may extend the grant now. It uses only the database. */
export const mayExtend =
  (deps: Pick<Deps, 'store' | 'clock' | 'integrations' | 'directory'>) =>
  async (id: GrantId, by: PersonId): Promise<Outcome<Extendable>> => {
    const loaded = await deps.store.requestOfGrant(id)
    if (!loaded) return refuse({ code: 'no-such-request' })
    const now = deps.clock.now()
    const found = extendable(loaded, by, await deps.store.extensionsOf(id), now)
    if (!found.ok) return found
    const { request } = loaded
    const grant = found.value
    const integration = deps.integrations.get(request.integration)?.integration
    if (!integration) return refuse(notServed(request))
    const bar = barTo(deps, loaded)
    if (bar) return refuse(barToRequester(bar))
    if (isDeactivated(grant)) return refuse({ code: 'not-admitted', why: 'deactivated' })
    return accept({ request, grant, integration, lengths: lengthsToExtend(grant, integration.durations, now) })
  }
