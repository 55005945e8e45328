import { admitPerson } from '../../app/admit-person.ts'
import type { Caller } from '../../app/caller.ts'
import { grantId } from '../../domain/ids.ts'
import { accept, type Outcome, refuse } from '../../domain/refusal.ts'
import type { Call } from './call.ts'
import type { Parts } from './parts.ts'

/**
 * Whether the caller still has an active account in chat, for the calls that ask. A silent chat stops nobody who signed
 * in at the issuer; whoever signed in by chat alone must wait for its answer.
 */
export const admittedTo = async (
  { deps }: Pick<Parts, 'deps'>,
  { asksChat }: Pick<Call, 'asksChat'>,
  caller: Caller | undefined,
  id: string,
): Promise<Outcome<void>> => {
  if (!asksChat || !caller) return accept(undefined)
  const by = caller.person.id
  const isOwn = async () => (await deps.store.requestOfGrant(grantId(id)))?.request.requester === by
  if (asksChat === 'unless-own' && (await isOwn())) return accept(undefined)
  const said = await admitPerson(deps)(by)
  if (said !== 'silent') return said
  return caller.rights === 'all' ? accept(undefined) : refuse({ code: 'try-again' })
}
