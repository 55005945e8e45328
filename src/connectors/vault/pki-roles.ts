import { z } from 'zod'
import { obstacleText } from './obstacles.ts'
import type { RoleOffer } from './role-offers.ts'

/** What a role of a PKI engine allows. */
const pkiRole = z.object({
  generate_lease: z.boolean().default(false),
  no_store: z.boolean().default(false),
  max_ttl: z.number().nullish(),
})
type PkiRole = z.output<typeof pkiRole>

/** Whether the end of a token revokes the certificates that it made. */
const revokes = ({ generate_lease: leases, no_store: isForgotten }: PkiRole): boolean => leases && !isForgotten

/** The permission that a role gives: its name says whether the end revokes. */
const permissionOf = (role: PkiRole): string => (revokes(role) ? 'issue' : 'issue-unrevoked')

const short = 'its role allows only certificates that are shorter than certificateLife'

/** A role, with what its end does. */
export const certificatesOf: RoleOffer = async ({ mounts }, calls, { mount, role: name }) => {
  const role = await calls.readRole(mount, name, pkiRole)
  if (!role) return []
  const path = `${mount}/${name}`
  const isShort = (role.max_ttl ?? 0) > 0 && (role.max_ttl ?? 0) < mounts.certificateLife
  const obstacle = isShort ? short : obstacleText(path)
  return [{ type: 'pki', path, permissions: [permissionOf(role)], ...(obstacle !== undefined && { obstacle }) }]
}
