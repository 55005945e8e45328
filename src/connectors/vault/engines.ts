import type { Mount } from './schemas.ts'

type Found = Pick<Mount, 'type' | 'options'> | undefined

/** A KV engine of version 2, which alone has metadata. */
export const isKv = (mount: Found): boolean => mount?.type === 'kv' && mount.options?.version === '2'
export const isTransit = (mount: Found): boolean => mount?.type === 'transit'

/** The paths of the mounts of one kind, without their final slash. */
export const mountsThat = (
  isWanted: (mount: Found) => boolean,
  there: Readonly<Record<string, Found>>,
): readonly string[] =>
  Object.entries(there)
    .filter(([, mount]) => isWanted(mount))
    .map(([path]) => path.replace(/\/$/, ''))
