import type { Deps } from '../app/deps.ts'
import { roleHolders, unixUsersIn } from '../app/operators.ts'
import { actorName } from '../domain/audit-event.ts'
import type { OperatorLines } from './operator-lines.ts'
import { uidsOf } from './unix-users.ts'
import type { Asker } from './verbs.ts'

/** Who holds which role today, and what the asker holds. */
export const operatorLines = async (
  deps: Pick<Deps, 'directory' | 'settings'>,
  { actor, roles }: Asker,
): Promise<OperatorLines> => {
  const { settings, directory } = deps
  const holders = roleHolders(deps, await uidsOf(unixUsersIn(settings)))
  return {
    isConfigured: settings.operators !== undefined,
    roles: holders.map(({ role, people, unixUsers, nobody }) => ({
      ...{ role, unixUsers: [...unixUsers], nobody: [...nobody] },
      people: people.map((id) => ({ id, name: directory.find(id)?.name ?? id })),
    })),
    you: actorName(actor),
    own: [...roles],
  }
}
