import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { ConfigFile } from '../../config/schema.ts'
import { readYaml } from '../../config/yaml.ts'
import { messageOf } from '../../domain/message-of.ts'
import type { Io } from '../io.ts'
import { configFile } from '../options.ts'
import { CliError } from '../trouble.ts'

type Listen = { readonly host: string; readonly port: number }

/** Reports whether the server answers within `limit` milliseconds. A container's own limit must be longer. */
export const askHealth = async (
  options: { readonly config?: string },
  io: Pick<Io, 'environment' | 'say'>,
  limit = 4_000,
): Promise<void> => {
  const address = ownAddress(listenIn(configFile(options, io)))
  const health = await healthOf(address, limit)
  if (health.by !== 'latchkey') throw new CliError(`the server does not answer at ${address}: ${health.why}`)
  io.say(`the server answers at ${address}`)
}

/** The address at which this machine reaches a server with these settings. */
export const ownAddress = ({ host, port }: Listen): string => {
  const own = { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host
  return `http://${own.includes(':') ? `[${own}]` : own}:${port}`
}

/** A Latchkey with the id of its database (older ones do not tell it); another program; or nobody. */
export type Health =
  | { readonly by: 'latchkey'; readonly instance?: string | undefined }
  | { readonly by: 'other'; readonly why: string }
  | { readonly by: 'nobody'; readonly why: string }

const Alive = z.object({ alive: z.literal(true), instance: z.string().optional() })

/** Who answers at an address. */
export const healthOf = async (base: string, limit: number): Promise<Health> => {
  try {
    const answer = await fetch(`${base}/healthz`, { redirect: 'manual', signal: AbortSignal.timeout(limit) })
    if (!answer.ok) return { by: 'other', why: `it answers ${answer.status}` }
    const { data } = Alive.safeParse(await answer.json().catch(() => undefined))
    return data ? { by: 'latchkey', instance: data.instance } : { by: 'other', why: 'something else answers there' }
  } catch (error) {
    return {
      by: 'nobody',
      why: error instanceof Error && error.cause instanceof Error ? error.cause.message : messageOf(error),
    }
  }
}

const Ready = z.object({ waitingFor: z.array(z.string()) })

/** What a server at an address waits for; nothing where it does not say. */
export const waitingAt = async (base: string, limit: number): Promise<readonly string[]> => {
  const answer = await fetch(`${base}/readyz`, { redirect: 'manual', signal: AbortSignal.timeout(limit) })
    .then((one) => one.json())
    .catch(() => undefined)
  return Ready.safeParse(answer).data?.waitingFor ?? []
}

/** Reads only `listen`: a running server is healthy even while somebody edits its configuration. */
const listenIn = (file: string): Listen => {
  const source = sourceOf(file)
  const { data, error } = ConfigFile.pick({ listen: true }).loose().safeParse(source.content)
  if (error) throw new CliError(error.issues.map(({ path, message }) => source.complaint(path, message)).join('\n'))
  const { listen } = data
  if (listen.port === 0)
    throw new CliError(source.complaint(['listen', 'port'], 'port 0 means another port at each start'))
  return listen
}

const sourceOf = (file: string) => {
  try {
    return readYaml(readFileSync(file, 'utf8'), file)
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error
    throw new CliError(isMissing ? `${file}: cannot be read` : messageOf(error))
  }
}
