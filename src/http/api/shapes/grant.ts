import type { z } from 'zod'
import { lentOfGrant } from '../../../app/lent.ts'
import { usedShapeOf } from '../../../app/use-shape.ts'
import type { Usage } from '../../../domain/credential.ts'
import type { Grant } from '../../../domain/grant.ts'
import type { Loaded } from '../../../ports.ts'
import type { Parts } from '../parts.ts'
import type { Grant as GrantSchema } from '../schemas/grants.ts'
import { itemShape, lentShape } from './item.ts'
import { moment } from './moment.ts'
import { workloadShape } from './workload.ts'

type GrantShape = z.input<typeof GrantSchema>

/** A grant as the API shows it to those who may read its request. */
export const grantShape = ({ deps }: Pick<Parts, 'deps'>, grant: Grant): GrantShape => {
  const { id, request, integration, state, items, workload, handle, trouble } = grant
  const used = workload && handle ? { workload, handle } : undefined
  const usage = deps.integrations.get(integration)?.connector.usage(items, used)
  return {
    ...{ id, request, vault: integration, state },
    items: items.map(itemShape),
    ...timesOf(grant),
    ...(trouble && { trouble: { code: trouble.code, since: moment(trouble.since) } }),
    ...(workload && { workload: workloadShape(workload) }),
    ...lentShape(lentOfGrant(deps, grant)),
    ...(usage && { usage: usageShape(usage) }),
  }
}

/** The same with what was done with it, where somebody looks. */
export const usedGrantShape = async ({ deps }: Pick<Parts, 'deps'>, loaded: Loaded): Promise<readonly GrantShape[]> => {
  const { grant } = loaded
  if (!grant) return []
  const isWatched = deps.integrations.get(grant.integration)?.connector.auditLog !== undefined
  return [{ ...grantShape({ deps }, grant), ...(isWatched && (await usedShapeOf(deps.store, loaded))) }]
}

const usageShape = (usage: Usage): NonNullable<GrantShape['usage']> => {
  const { address, namespace, commands, ways, login, outlasts } = usage
  return {
    ...{ address, commands: [...commands], ways: [...ways] },
    ...(namespace !== undefined && { namespace }),
    ...(outlasts && { outlasts: [...outlasts] }),
    ...(login && { login: { ...login, commands: [...login.commands] } }),
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
