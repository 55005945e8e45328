import type { Deps } from '../app/deps.ts'
import { rolesHeld, unixUsersIn } from '../app/operators.ts'
import { recordRefusal } from '../app/record-refusal.ts'
import { actorOf, mayAs, type Operator, rolesText } from '../domain/operator-role.ts'
import type { Verb } from './protocol.ts'
import { rolesFor } from './roles.ts'
import { ControlRefusal } from './server.ts'
import { ownAndRoot, uidsOf } from './unix-users.ts'
import { controlAnswers, type Self } from './verbs.ts'

/** Answers operators, wherever they ask: each verb by the roles that its asker holds at this moment. */
export type OperatorDesk = {
  /** Whether the configuration says who may do what; only then may other users of the machine ask. */
  readonly hasRoles: boolean
  answer(asked: Verb, operator: Operator): Promise<unknown>
  /** Opens once the server knows itself. */
  open(self: Self): void
}

export const operatorDesk = (deps: Deps): OperatorDesk => {
  let answers: ReturnType<typeof controlAnswers> | undefined
  const { settings } = deps
  return {
    hasRoles: settings.operators !== undefined,
    open: (self) => {
      answers = controlAnswers(deps, self)
    },
    answer: async (asked, operator) => {
      const uidOf = await uidsOf(operator.kind === 'unix-user' ? unixUsersIn(settings) : [])
      const roles = rolesHeld(deps, operator, uidOf, ownAndRoot())
      const needs = rolesFor[asked.verb]
      if (!mayAs(roles, needs)) {
        const detail = { verb: asked.verb }
        await recordRefusal(deps)(actorOf(operator), { code: 'needs-role', needs, verb: asked.verb }, { detail })
        throw new ControlRefusal('needs-role', roleText(asked.verb, needs))
      }
      if (!answers) throw new ControlRefusal('starting', 'Latchkey is starting; ask again in a moment')
      return answers(asked, { operator, actor: actorOf(operator), roles })
    },
  }
}

const roleText = (verb: Verb['verb'], needs: Parameters<typeof rolesText>[0]): string =>
  `"${verb}" needs the role ${rolesText(needs)}, which you do not hold; an administrator names you in "operators"`
