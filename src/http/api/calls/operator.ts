import { z } from 'zod'
import { results, Verb } from '../../../control/protocol.ts'
import { isChange, rolesFor } from '../../../control/roles.ts'
import { ControlRefusal } from '../../../control/server.ts'
import { accept, refuse } from '../../../domain/refusal.ts'
import { seconds, secondsUntil } from '../../../domain/time.ts'
import type { Call, Given } from '../call.ts'
import type { Parts } from '../parts.ts'
import { name } from '../schemas/common.ts'

/** How old the sign-in of an operator may be for a change. */
const freshFor = seconds(900)

const summaries: { readonly [Name in Verb['verb']]: string } = {
  status: 'The state of the running server.',
  operators: 'Who holds which role of an operator.',
  requests: 'Requests of everybody, newest first.',
  grants: 'Access of everybody, newest first.',
  look: 'Access by its full ids, in that order.',
  held: 'The ends that are held back because they are many.',
  sessions: 'Sessions of terminals and browsers that are not over.',
  connectors: 'Remote connectors, also revoked ones.',
  revoke: 'Ends one access.',
  'revoke-all': 'Ends all live access of a person, at an integration, or both.',
  'confirm-removals': 'Confirms held-back ends, if they are still those that `seen` names.',
  'end-session': 'Ends a session of a terminal or browser.',
  'try-chat': 'Sends a person a message that tries the chat.',
  trial: 'What became of such a message.',
  'end-trial': 'Ends such a trial.',
  'replay-events': 'Sends events to their receiver again.',
  erase: 'Erases what a person wrote, or with `isTrial` only counts it.',
  'invite-connector': 'Makes a one-time token with which a remote connector joins.',
  'revoke-connector': 'Revokes a remote connector.',
  'export-audit': 'Rows of the audit log as the database has them, to follow their chain elsewhere.',
  'verify-audit': 'Checks the whole audit log.',
}

/** Each verb of the control socket as a call, for operators who are people: under their own name, with the same roles. */
export const operator: readonly Call[] = Verb.options.map((option) => {
  const { verb: literal, ...fields } = option.shape
  const verb = literal.value
  const title = verb.replaceAll(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase())
  const body = z.strictObject(fields)
  return {
    ...{ method: 'post', path: `/operator/${verb}`, name: `operator${title}`, status: 200 },
    ...{ needsAll: true, asksChat: 'always', roles: rolesFor[verb], summary: summaries[verb], body },
    ...(body.safeParse({}).success && { isBodyOptional: true }),
    answer: name(`Operator${title}`, z.object({ result: results[verb] })),
    handle: (parts, given) => answered(parts, given, Verb.parse({ ...Object(given.body), verb })),
  }
})

const answered = async ({ desk, deps }: Parts, { caller }: Given, asked: Verb): ReturnType<Call['handle']> => {
  if (!caller) return refuse({ code: 'not-signed-in', why: 'nothing' })
  const { signedInAt, person } = caller
  const isFresh = signedInAt !== undefined && secondsUntil(signedInAt, deps.clock.now()) <= freshFor
  if (isChange(asked.verb) && !isFresh) return refuse({ code: 'needs-fresh-sign-in', within: freshFor })
  try {
    return accept({ result: await desk.answer(asked, { kind: 'person', id: person.id }) })
  } catch (error) {
    if (!(error instanceof ControlRefusal)) throw error
    if (error.code === 'needs-role')
      return refuse({ code: 'needs-role', verb: asked.verb, needs: rolesFor[asked.verb] })
    return refuse({ code: 'not-done', why: error.message })
  }
}
