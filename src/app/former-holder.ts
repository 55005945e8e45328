import type { Identity } from '../domain/card.ts'
import type { GrantId } from '../domain/ids.ts'
import type { Person } from '../ports.ts'
import type { Deps } from './deps.ts'

/**
 * The holder of a grant whose messages went to this identity. It works even after the holder left the directory, so
 * that they can give it back. It permits nothing else.
 */
export const formerHolder =
  ({ store }: Pick<Deps, 'store'>) =>
  async (id: GrantId, identity: Identity): Promise<Person | undefined> => {
    const request = (await store.requestOfGrant(id))?.request
    if (!request) return undefined
    const isTheirs = (await store.cardsOf(request.id)).some(
      ({ recipient, audience }) =>
        (audience === 'access' || audience === 'requester') &&
        recipient.to === 'person' &&
        recipient.person === request.requester &&
        isSame(recipient.identity, identity),
    )
    return isTheirs ? { id: request.requester, name: request.requester, identities: [identity] } : undefined
  }

const isSame = (one: Identity, other: Identity): boolean =>
  one.platform === other.platform && one.tenant === other.tenant && one.subject === other.subject
