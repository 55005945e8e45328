import type { z } from 'zod'
import type { Grant } from '../../../domain/grant.ts'
import type { Parts } from '../parts.ts'
import type { Grant as GrantSchema } from '../schemas/grants.ts'
import { itemShape } from './item.ts'
import { moment } from './moment.ts'

type GrantShape = z.input<typeof GrantSchema>

/** A grant as the API shows it to those who may read its request. */
export const grantShape = ({ deps }: Pick<Parts, 'deps'>, grant: Grant): GrantShape => {
  const { id, request, integration, state, items, trouble } = grant
  const usage = deps.integrations.get(integration)?.connector.usage(items)
  return {
    ...{ id, request, vault: integration, state },
    items: items.map(itemShape),
    ...timesOf(grant),
    ...(trouble && { trouble: { code: trouble.code, since: moment(trouble.since) } }),
    ...(usage && { usage: { ...usage, commands: [...usage.commands], ways: [...usage.ways] } }),
  }
}

const timesOf = (grant: Grant): Partial<GrantShape> => {
  switch (grant.state) {
    case 'provisioning':
      return {}
    case 'active':
      return { since: moment(grant.since), expiresAt: moment(grant.expiresAt) }
    case 'revoking':
      return { because: grant.because, ...(grant.expiresAt !== undefined && { expiresAt: moment(grant.expiresAt) }) }
    case 'ended':
      return { because: grant.because, endedAt: moment(grant.at), ...proofOf(grant) }
    default:
      return grant satisfies never
  }
}

const proofOf = ({ proof }: Grant & { state: 'ended' }): Pick<GrantShape, 'proof'> =>
  proof ? { proof: { means: proof.means, at: moment(proof.at), milliseconds: Math.round(proof.latency) } } : {}
