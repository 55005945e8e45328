import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { jsonOf } from '../../domain/json-of.ts'
import { replaceFile } from '../vault/durable-file.ts'
import { dial, NoLine, type Way } from './dial.ts'
import { serverOf } from './handshake.ts'
import { drawKey } from './keys.ts'
import { openLog } from './own-log.ts'
import { Identity } from './settings.ts'

/** The places of a connector. */
export type Place = { readonly folder: string; readonly key?: string | undefined }

export const keyFile = ({ folder, key }: Place): string => key ?? join(folder, 'key.pem')
const identityFile = ({ folder }: Place): string => join(folder, 'identity.json')

/** Who this connector is; `undefined` before its join. Throws when the file is damaged. */
export const identityIn = async (place: Place): Promise<Identity | undefined> => {
  const file = identityFile(place)
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const identity = Identity.safeParse(jsonOf(text))
  if (!identity.success) throw new Error(`${file} is damaged; restore it, or delete it and join anew`)
  return identity.data
}

/** Joins with a one-time token, and keeps who this connector is. Throws `NoLine` with the remedy. */
export const joinServer = async (
  way: Way,
  place: Place,
  token: string,
): Promise<{ readonly identity: Identity; readonly publicKey: string }> => {
  if (serverOf(token) === undefined)
    throw new NoLine('that is not a token; make one with "latchkey connectors invite"', true)
  await mkdir(place.folder, { recursive: true, mode: 0o700 })
  const { key, pem } = drawKey() // a revoked key never joins again
  const log = await openLog(join(place.folder, 'log.jsonl'), way.clock.now)
  try {
    const { socket, welcome, serverKey } = await dial(way, key, { token })
    socket.terminate()
    const { connector, integration, instance } = welcome
    const identity: Identity = { connector, integration, instance, serverKey }
    await replaceFile(keyFile(place), pem.reveal())
    await replaceFile(identityFile(place), `${JSON.stringify(identity, undefined, 2)}\n`)
    await log.write({ what: 'joined', detail: { connector, integration, serverKey } })
    return { identity, publicKey: key.publicKey }
  } finally {
    await log.close()
  }
}
