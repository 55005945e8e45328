import { type Seconds, seconds } from '../../domain/time.ts'
import type { Mount } from './schemas.ts'

/** The secrets engines of which the bot offers something. */
export const engines = ['kv', 'transit', 'database', 'ssh', 'pki'] as const
/** One of them. */
export type Engine = (typeof engines)[number]

/** Engines whose roles make something new at each use: a login or a certificate. */
const dynamicEngines = ['database', 'ssh', 'pki'] as const
/** One of them. */
export type DynamicEngine = (typeof dynamicEngines)[number]

/** Whether an engine's resources are its roles. */
export const isDynamic = (engine: Engine): engine is DynamicEngine => dynamicEngines.some((one) => one === engine)

/**
 * The mounts of each secrets engine that the bot works with, without slashes at the ends, and how long certificates of
 * them live.
 */
export type Mounts = { readonly [Each in Engine]: readonly string[] } & { readonly certificateLife: Seconds }

type MountSettings = { readonly [Each in Engine as `${Each}Mounts`]: readonly string[] } & {
  readonly certificateLife: Seconds
}

/** No mounts, and the usual life of certificates. */
export const noMounts: Mounts = {
  ...{ kv: [], transit: [], database: [], ssh: [], pki: [] },
  certificateLife: seconds(600),
}

/** The mounts that the configuration names. */
export const mountsOf = (params: MountSettings): Mounts => ({
  ...{ kv: params.kvMounts, transit: params.transitMounts, database: params.databaseMounts },
  ...{ ssh: params.sshMounts, pki: params.pkiMounts, certificateLife: params.certificateLife },
})

/** Every mount of the bot. */
export const allMounts = (mounts: Mounts): readonly string[] => engines.flatMap((engine) => mounts[engine])

type Found = Pick<Mount, 'type' | 'options'> | undefined

/** Whether a mount has this engine; a KV engine must have version 2, which alone has metadata. */
export const isOf =
  (engine: Engine) =>
  (mount: Found): boolean =>
    mount?.type === engine && (engine !== 'kv' || mount.options?.version === '2')

export const isKv = isOf('kv')
export const isTransit = isOf('transit')

/** The paths of the mounts of one kind, without their final slash. */
export const mountsThat = (
  isWanted: (mount: Found) => boolean,
  there: Readonly<Record<string, Found>>,
): readonly string[] =>
  Object.entries(there)
    .filter(([, mount]) => isWanted(mount))
    .map(([path]) => path.replace(/\/$/, ''))
