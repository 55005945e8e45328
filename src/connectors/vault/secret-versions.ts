import { timestamp } from '../../domain/time.ts'
import type { Connector } from '../../ports.ts'
import { vaultCalls } from './calls.ts'
import type { Flavour, VaultContext } from './context.ts'
import { failure } from './failure.ts'
import { splitPath } from './resource-types.ts'
import { argument, quoted } from './shell-words.ts'

type Versions = NonNullable<Connector['versions']>

/** What Latchkey knows of the values of secrets without reading any: the moments of their versions. */
export const secretVersions = (context: VaultContext, program: () => Flavour): Versions => {
  const { mounts, send, pace } = context
  const placeOf = (secret: string) => {
    const place = splitPath(secret, mounts.kv)
    if (!place) throw failure('resource-gone', `${secret} is in no mount of secrets any more.`)
    return place
  }
  return {
    secretAt: (path) => {
      for (const mount of mounts.kv) {
        const beginning = `${mount}/data/`
        if (path.startsWith(beginning) && path.length > beginning.length) {
          return `${mount}/${path.slice(beginning.length)}`
        }
      }
      return undefined
    },
    newest: async (secret, signal) => {
      const { mount, path } = placeOf(secret)
      const found = await vaultCalls(pace.paced(send, signal)).currentVersion(mount, path)
      return found ? { version: found.version, at: timestamp(found.at) } : 'gone'
    },
    rewriteWith: (secret) => {
      const { mount, path } = placeOf(secret)
      const cli = program() === 'vault' ? 'vault' : 'bao'
      return `${cli} kv patch ${quoted(`-mount=${mount}`)} ${argument(path)} KEY=-`
    },
  }
}
