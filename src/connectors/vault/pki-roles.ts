import { z } from 'zod'
import { obstacleText } from './obstacles.ts'
import type { RoleOffer } from './role-offers.ts'

/** What a role of a PKI engine allows. */
export const pkiRole = z.object({
  generate_lease: z.boolean().default(false),
  no_store: z.boolean().default(false),
  max_ttl: z
    .number()
    .nullish()
    .transform((given) => given ?? 0),
})
/** See `pkiRole`. */
export type PkiRole = z.output<typeof pkiRole>

/** The permission that a role gives. Its name says whether the end of a token revokes the certificates that it made. */
export const permissionOfRole = ({ generate_lease: leases, no_store: isForgotten }: PkiRole): string =>
  leases && !isForgotten ? 'issue' : 'issue-unrevoked'

/** What of a role may surprise people, each with its remedy. */
export const faultsOfPki = (role: PkiRole, life: number): readonly (readonly [text: string, remedy: string])[] => [
  ...(permissionOfRole(role) === 'issue'
    ? []
    : [
        [
          'the end of an access does not revoke its certificates',
          'set generate_lease=true, and no_store=false',
        ] as const,
      ]),
  ...(obstacleOfPki(role, life) === undefined ? [] : [[short, 'raise its max_ttl, or lower certificateLife'] as const]),
]

/** Why a role issues nothing that can be given. */
export const obstacleOfPki = ({ max_ttl: most }: PkiRole, life: number): string | undefined =>
  most > 0 && most < life ? short : undefined

const short = 'its role allows only certificates that are shorter than certificateLife'

/** A role, with what its end does. */
export const certificatesOf: RoleOffer = async ({ mounts }, calls, { mount, role: name }) => {
  const role = await calls.readRole(mount, name, pkiRole)
  if (!role) return []
  const path = `${mount}/${name}`
  const obstacle = obstacleOfPki(role, mounts.certificateLife) ?? obstacleText(path)
  return [{ type: 'pki', path, permissions: [permissionOfRole(role)], ...(obstacle !== undefined && { obstacle }) }]
}
