import { resolve } from 'node:path'
import { z } from 'zod'
import { blindTrust, readCertificates } from '../../certificates.ts'
import { type Send, type VaultCall, vaultClient, vaultPath } from '../../connectors/vault/client.ts'
import { isFailure } from '../../connectors/vault/failure.ts'
import { transport } from '../../connectors/vault/transport.ts'
import { addressFault } from '../../domain/address.ts'
import { messageOf } from '../../domain/message-of.ts'
import { secret } from '../../domain/secret.ts'
import type { Seconds } from '../../domain/time.ts'
import type { Io } from '../io.ts'
import { CliError, usageError } from '../trouble.ts'

/** Calls a vault with an administrator's token. Paths are lists of segments; each segment is encoded. */
export type Admin = {
  readonly address: string
  readonly namespace?: string
  /** The absolute path of the trusted certificates; absent for those of the system. */
  readonly caFile?: string
  /** Calls without the administrator's token. */
  readonly tokenless: Send
  /** Calls with it, for what tells statuses apart. */
  readonly asAdmin: Send
  /** The `data` of an answer; `undefined` on a 404. */
  read(...path: readonly string[]): Promise<unknown>
  /** The names in a folder; empty on a 404. */
  list(...path: readonly string[]): Promise<readonly string[]>
  /** Returns `data`, or `wrap_info` when wrapped. */
  write(path: readonly string[], body?: object, how?: { readonly wrapFor?: Seconds }): Promise<unknown>
  /** Makes a token that ends by itself; returns the whole answer. */
  makeToken(body: object): Promise<unknown>
  remove(...path: readonly string[]): Promise<void>
  close(): Promise<void>
}

/** The options that all administrator commands share. */
export type AdminOptions = {
  readonly address?: string
  readonly caFile?: string
  /** Used when the environment names no namespace. */
  readonly namespace?: string
}

const answer = z.object({ data: z.unknown(), wrap_info: z.unknown(), auth: z.unknown() }).partial()
const keys = z.object({ keys: z.array(z.string()) })
const errors = z.object({ errors: z.array(z.string()) })

const variable = ({ environment }: Pick<Io, 'environment'>, name: string): string | undefined =>
  environment[`BAO_${name}`] || environment[`VAULT_${name}`] || undefined

/** Connects to a vault named by options or by the variables of `bao` and `vault`. Throws when something is missing. */
export const openVault = (options: AdminOptions, io: Pick<Io, 'environment'>) => {
  const address = options.address ?? variable(io, 'ADDR')
  if (!address) throw usageError('name the vault: set BAO_ADDR (or VAULT_ADDR), or give --address')
  const fault = addressFault(address)
  if (fault !== undefined) throw usageError(`the address of the vault: ${fault}`) // the address is not quoted: it may hold a password
  const blind = blindTrust(io.environment)
  if (blind !== undefined) throw usageError(blind)
  if (variable(io, 'SKIP_VERIFY'))
    throw usageError('certificates are always checked: unset …SKIP_VERIFY and give --ca-file')
  const caFile = options.caFile ?? variable(io, 'CACERT')
  const from = options.caFile ? '--ca-file' : io.environment.BAO_CACERT ? 'BAO_CACERT' : 'VAULT_CACERT'
  const trust = caFile && { certificates: certificatesIn(caFile, from), source: { file: caFile, from } }
  const wire = transport(trust || {})
  const namespace = variable(io, 'NAMESPACE') ?? options.namespace
  const client = vaultClient({ address, transport: wire, ...(namespace && { namespace }) })
  const send: Send = (call) =>
    client(call).catch((error: unknown) => {
      if (!isFailure(error, 'unreachable', 'timeout')) throw error
      throw new CliError(`${address}: ${messageOf(error)} Check --address (or BAO_ADDR), --ca-file and the network.`)
    })
  const more = { ...(namespace && { namespace }), ...(caFile !== undefined && { caFile: resolve(caFile) }) }
  return { address, send, close: wire.close, ...more }
}

/** The same as an administrator; the token comes from the environment only. */
export const openAdmin = (options: AdminOptions, io: Pick<Io, 'environment'>): Admin => {
  const { address, send, close, namespace, caFile } = openVault(options, io)
  const token = variable(io, 'TOKEN')
  if (!token)
    throw usageError('an administrator’s token is needed: set BAO_TOKEN (or VAULT_TOKEN), e.g. from ~/.vault-token')

  const make = async (call: VaultCall) => {
    const { status, body } = await send({ ...call, token: secret(token) })
    if (status < 300) return answer.safeParse(body).data ?? {}
    if (status === 404) return undefined
    const said = errors.safeParse(body).data?.errors.join('; ').replace(/\s+/g, ' ').trim()
    const remedy = status === 403 ? ' (does the token have the rights, and is it still valid?)' : ''
    throw new CliError(
      `${address} refuses ${call.method} ${call.path} (${status}): ${said || 'no reason given'}${remedy}`,
    )
  }
  return {
    address,
    ...(namespace && { namespace }),
    ...(caFile !== undefined && { caFile }),
    tokenless: send,
    asAdmin: (call) => send({ ...call, token: secret(token) }),
    read: async (...path) => (await make({ method: 'GET', path: vaultPath(...path) }))?.data,
    list: async (...path) => {
      const found = await make({ method: 'GET', path: vaultPath(...path), query: { list: 'true' } })
      return found ? keys.parse(found.data).keys : []
    },
    write: async (path, body = {}, { wrapFor } = {}) => {
      const call: VaultCall = { method: 'POST', path: vaultPath(...path), body, repeatable: false }
      const done = await make(wrapFor === undefined ? call : { ...call, wrapFor })
      if (!done) throw new CliError(`the vault knows nothing at ${call.path} (404)`)
      return done.wrap_info ?? done.data
    },
    makeToken: (body) => make({ method: 'POST', path: 'auth/token/create', body, repeatable: false }),
    remove: async (...path) => {
      await make({ method: 'DELETE', path: vaultPath(...path) })
    },
    close,
  }
}

const certificatesIn = (file: string, from: string): string => {
  try {
    return readCertificates(file, from)
  } catch (error) {
    throw usageError(messageOf(error))
  }
}
