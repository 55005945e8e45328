import { z } from 'zod'
import { addressFault, isOwnAddress } from '../../domain/address.ts'
import type { Party } from '../../domain/integration.ts'
import { lengthOf } from '../../domain/length.ts'
import { seconds } from '../../domain/time.ts'
import { auditSettings } from './audit-log/settings.ts'
import { containedFaults } from './contained/faults.ts'
import { containedSettings } from './contained/settings.ts'
import type { CredentialSource } from './credentials.ts'
import { managementOffer, strayOffers } from './management-offers.ts'
import { obstacleOf } from './obstacles.ts'
import { pathPattern } from './path-filter.ts'
import { workloadSettings } from './workload-params.ts'

const mount = z
  .string()
  .transform((path) => path.replace(/^\/+|\/+$/g, ''))
  .refine((path) => obstacleOf(path) === undefined, 'write a mount path such as "kv"')
const url = z
  .url({ protocol: /^https?$/, error: 'write an address such as https://vault.example:8200' })
  .superRefine((text, context) => {
    const fault = addressFault(text)
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault })
  })
  .transform((address) => address.replace(/\/+$/, ''))
const file = z.string().min(1)
/** Such as `12h` or `30d`; a number means seconds. */
const interval = z
  .union([z.int().positive(), z.string().regex(/^\d{1,4}[hd]$/, 'write a length such as 12h or 30d')])
  .transform((given) => (typeof given === 'number' ? seconds(given) : (lengthOf(given) ?? seconds(0))))
/** Such as `10m`; a number means seconds. */
const certificateLength = z
  .union([z.int().min(60), z.string().regex(/^\d{1,4}[smh]$/, 'write a length such as 10m or 1h')])
  .transform((given) => (typeof given === 'number' ? seconds(given) : (lengthOf(given) ?? seconds(0))))
  .refine((length) => length >= 60, 'at least 1m: shorter certificates end before they are used')
const variable = z.string().regex(/^[A-Z_][A-Z0-9_]*$/, 'write the name of an environment variable')

const party = z.custom<Party>(
  (value) => typeof value === 'string' && /^(person|group):[a-z0-9][a-z0-9-]*$/.test(value),
  'write person:KEY or group:NAME, as in the people file',
)
const roleName = z.string().regex(/^\w([\w.-]*\w)?$/, 'write the name of the role')
/** The audience that a token must name. A Kubernetes API server would accept a token without it, too. */
const audience = z.string().min(1, 'name the audience of the token; the role at the vault must have the same')
const tokenFile = file.default('/var/run/secrets/latchkey/vault/token')
const kubernetesName = (longest: number) =>
  z
    .string()
    .max(longest)
    .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, 'write a name of Kubernetes')

const credentials = z.union(
  [
    z.strictObject({ folder: file }),
    z.strictObject({ file }),
    z.strictObject({ roleIdVariable: variable, secretIdVariable: variable }),
    z.strictObject({ roleId: z.string().min(1), wrappedSecretIdFile: file, role: z.string().min(1) }),
    z.strictObject({ secret: z.strictObject({ namespace: kubernetesName(63), name: kubernetesName(253) }) }),
    z.strictObject({
      kubernetes: z.strictObject({
        role: roleName,
        mount: mount.default('kubernetes'),
        tokenFile,
        audience: audience.default('vault'),
      }),
    }),
    z.strictObject({ jwt: z.strictObject({ role: roleName, mount: mount.default('jwt'), tokenFile, audience }) }),
    // A connector beside the vault has them, and makes every call.
    z.literal('remote'),
  ],
  'write one of: folder; file; roleIdVariable and secretIdVariable; roleId, role and wrappedSecretIdFile; secret; kubernetes; jwt; remote',
)

/** A receiver that is told of each secret that was read. */
const rotationRule = z.strictObject({
  path: z.string().regex(/^[^*]+\*?$/, 'write a path, mount first; only its end may be *, such as kv/shop/*'),
  webhook: z.url({ protocol: /^https?$/ }).superRefine((text, context) => {
    const fault = addressFault(text, { query: 'allowed' }) ?? (isSafe(text) ? undefined : unsafe)
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault })
  }),
  /** The key of the signatures, read again at each call. */
  secretFile: file,
})
const isSafe = (address: string) => /^https:/i.test(address) || isOwnAddress(address)
const unsafe = 'use https (plain http is for a receiver on this machine only)'

const settings = z.strictObject({
  /** The address of the active node for the bot, without a trailing slash. */
  internalUrl: url,
  /** The address for people, if it differs. */
  externalUrl: url.optional(),
  namespace: z.string().min(1).optional(),
  /** CA certificates (PEM) that replace the system's. */
  caFile: file.optional(),
  /** The proxy to the vault; the environment's proxy does not apply here. */
  proxy: url.optional(),
  credentials,
  /** The prefix of every name that the bot creates at the vault. The vendor’s policy allows only `apono-`. */
  namePrefix: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'use a-z, 0-9 and "-", at most 32')
    .default('latchkey-'),
  /** The mounts on offer; an empty list removes that kind of resource. */
  kvMounts: z.array(mount).default(['kv']),
  transitMounts: z.array(mount).default(['transit']),
  databaseMounts: z.array(mount).default([]),
  sshMounts: z.array(mount).default([]),
  pkiMounts: z.array(mount).default([]),
  /** How long a certificate lives that somebody makes with access to ssh or pki; it may outlast the access by that. */
  certificateLife: certificateLength.default(seconds(600)),
  userpassMount: mount.default('latchkey-users'),
  approleMount: mount.default('latchkey-approle'),
  /** The AppRole of the bot. */
  approleRole: roleName.default('latchkey'),
  /** How often the bot renews its secret_id. That needs the optional right rotate-credentials and replaceable files. */
  rotateEvery: interval.optional(),
  /** The paths on offer, see `pathPattern`. Without `include`, all paths are; `exclude` wins. */
  include: z.array(pathPattern).default([]),
  exclude: z.array(pathPattern).default([]),
  /** The mounts and folders that may be managed, with everything beneath them; none by default. */
  management: z.array(managementOffer).default([]),
  /** The keys whose own material may be asked for, in an emergency; none by default. */
  keyExport: z.array(pathPattern).default([]),
  /** Who decides where the vault's own control groups (OpenBao) ask for it; empty: Latchkey has nothing to do with them. */
  controlGroups: z
    .array(
      z.strictObject({
        /** The identity group that the vault's policy names. */
        group: z.string().min(1).max(200),
        members: z.array(party).min(1, 'name who is in this identity group, such as group:managers'),
        /** Where this group decides; empty: everywhere. */
        paths: z.array(pathPattern).default([]),
      }),
    )
    .default([]),
  /** Who writes a new value of a secret after its use, by path; the first match counts. */
  rotation: z.array(rotationRule).default([]),
  /** Who else may get access than people; absent: only people. */
  workloads: workloadSettings(mount).optional(),
  /**
   * Present: the bot writes no policy, user or role. It lends these policies, which an administrator wrote, through these
   * token roles.
   */
  contained: containedSettings.optional(),
  /** Where the vault writes what was done; absent: nobody looks. */
  audit: auditSettings.optional(),
  /** How much load discovery may put on the vault. */
  discovery: z
    .strictObject({
      /** 0: no limit. */
      requestsPerSecond: z.number().min(0).max(10_000).default(50),
      concurrency: z.int().min(1).max(32).default(8),
    })
    .prefault({}),
  /** The time limit of one exchange with the vault. */
  timeoutSeconds: z.number().positive().max(60).default(20),
  /** How long a person has to unwrap a wrapped token. */
  wrapSeconds: z.int().min(10).max(3600).default(300),
})

/**
 * The settings of one vault in the configuration file; an unknown key is an error. Parsing twice gives the same result.
 */
export const vaultParams = settings
  .refine(({ rotateEvery, credentials: given }) => rotateEvery === undefined || isRenewable(given), {
    path: ['rotateEvery'],
    error: 'only a secret_id in a folder, a file or a Kubernetes secret can be renewed',
  })
  .refine(({ audit, credentials: given }) => audit === undefined || given !== 'remote', {
    path: ['audit'],
    error: 'leave it out: behind a remote connector, the audit log of the vault cannot be read',
  })
  .superRefine(({ workloads, approleMount, userpassMount }, context) => {
    const own = workloads?.approleMount
    if (own === undefined || (own !== approleMount && own !== userpassMount)) return
    const message = 'name a mount of its own: the roles of workloads do not belong beside Latchkey’s own login'
    context.addIssue({ code: 'custom', path: ['workloads', 'approleMount'], message })
  })
  .refine(({ controlGroups, credentials: given }) => controlGroups.length === 0 || given !== 'remote', {
    path: ['controlGroups'],
    error: 'a remote connector does not serve control groups; leave this out there',
  })
  .superRefine(({ rotation, audit, kvMounts, credentials: given }, context) => {
    for (const [index, { path }] of rotation.entries()) {
      if (kvMounts.some((mount) => path.startsWith(`${mount}/`))) continue
      context.addIssue({ code: 'custom', path: ['rotation', index, 'path'], message: 'begin with one of kvMounts' })
    }
    if (rotation.length > 0 && audit === undefined) {
      const message = 'add audit: only the vault’s own audit log tells what was read'
      context.addIssue({ code: 'custom', path: ['rotation'], message })
    }
    if (rotation.length === 0 || given !== 'remote') return
    const message = 'a remote connector reads no audit log, so nothing would ever be told; leave rotation out'
    context.addIssue({ code: 'custom', path: ['rotation'], message })
  })
  .superRefine(({ management, kvMounts, keyExport, transitMounts }, context) => {
    for (const [index, pattern] of keyExport.entries()) {
      if (transitMounts.some((mount) => pattern.startsWith(`${mount}/`))) continue
      context.addIssue({ code: 'custom', path: ['keyExport', index], message: 'begin with one of transitMounts' })
    }
    for (const index of strayOffers(management, kvMounts)) {
      context.addIssue({ code: 'custom', path: ['management', index, 'path'], message: 'begin with one of kvMounts' })
    }
  })
  .superRefine((given, context) => {
    for (const { at, message } of containedFaults(given)) context.addIssue({ code: 'custom', path: [...at], message })
  })

/** Whether a connector beside the vault has the credentials, and makes every call. */
export const isRemote = ({ credentials: given }: Pick<VaultParams, 'credentials'>): boolean => given === 'remote'

/** See `vaultParams`. */
export type VaultParams = z.output<typeof vaultParams>

const isRenewable = (given: z.output<typeof credentials>): boolean =>
  given !== 'remote' && ('folder' in given || 'file' in given || 'secret' in given)

/** How the bot logs in, and the place of what it needs for that. */
export const credentialSource = ({ credentials: given }: Pick<VaultParams, 'credentials'>): CredentialSource => {
  if (given === 'remote') return { from: 'remote' }
  if ('folder' in given) return { from: 'folder', path: given.folder }
  if ('file' in given) return { from: 'file', path: given.file }
  if ('secret' in given) return { from: 'secret', ...given.secret }
  if ('kubernetes' in given) return { from: 'token', way: 'kubernetes', ...given.kubernetes }
  if ('jwt' in given) return { from: 'token', way: 'jwt', ...given.jwt }
  if ('role' in given) {
    return { from: 'wrapped', roleId: given.roleId, tokenFile: given.wrappedSecretIdFile, role: given.role }
  }
  return { from: 'environment', roleId: given.roleIdVariable, secretId: given.secretIdVariable }
}
