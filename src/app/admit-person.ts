import type { PersonId } from '../domain/ids.ts'
import { accept, type Outcome, refuse } from '../domain/refusal.ts'
import { ExternalError } from '../ports.ts'
import type { Deps } from './deps.ts'

/** What the chats say about a person: an ordinary account, none, or nothing at all. */
export type Admittance = Outcome<void> | 'silent'

/**
 * Whether one of the person's chat accounts is an ordinary one now. All chats are asked at once, because a person waits.
 * One yes is enough, and a chat that does not answer is no no. Whoever has no account in a running chat is judged by the
 * issuer alone.
 */
export const admitPerson =
  ({ directory, platforms, log }: Pick<Deps, 'directory' | 'platforms' | 'log'>) =>
  async (person: PersonId): Promise<Admittance> => {
    const identities = directory.find(person)?.identities
    if (!identities) return refuse({ code: 'not-admitted', why: 'deactivated' })
    const asked = identities.flatMap((identity) => platforms.get(identity.platform)?.admits(identity) ?? [])
    const said = await Promise.all(
      asked.map((answer) =>
        answer.catch((error: unknown) => {
          if (!(error instanceof ExternalError)) throw error
          log.warn({ code: error.code }, 'the chat did not say whether an account is active')
          return 'silent' as const
        }),
      ),
    )
    const [first = accept(undefined)] = said
    return said.find((one) => one !== 'silent' && one.ok) ?? said.find((one) => one === 'silent') ?? first
  }
