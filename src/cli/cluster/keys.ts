import { randomBytes, randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Io } from '../io.ts'
import { CliError } from '../trouble.ts'
import { type ClusterApi, clusterApi } from './api.ts'
import { type Certified, certificateFor } from './certificate.ts'

/** The options of `latchkey cluster keys`. */
export type KeysCommand = {
  readonly namespace: string
  readonly release: string
  /** The claim of the vault's data. Where it exists, a vault exists, and a missing key is a loss. */
  readonly claim?: string
  /** False where a KMS or another vault seals. */
  readonly seal: boolean
  /** False where the vault speaks plain HTTP. */
  readonly tls: boolean
  /** Who makes the certificate: this command, this command with a given authority, or somebody else. */
  readonly certificate: 'made' | 'signed' | 'given'
  /** The key of the Secret RELEASE-admin that the administrator’s login needs. */
  readonly adminKey?: string
  readonly dnsName?: readonly string[]
  readonly internalUrl?: string
  readonly externalUrl?: string
}

/** Makes what is missing of a vault's keys. What exists is never changed. */
export const makeKeys = async (options: KeysCommand, io: Io): Promise<void> => {
  const api = clusterApi(io.environment)
  await keysWith(options, api, io)
}

/** The same at a given API. */
export const keysWith = async (options: KeysCommand, api: ClusterApi, io: Pick<Io, 'say' | 'note'>): Promise<void> => {
  const { namespace, release, claim = `data-${release}-0` } = options
  const hasData = (await api.read(`/api/v1/namespaces/${namespace}/persistentvolumeclaims/${claim}`)) !== undefined
  const make = (name: string, what: string, secret: () => SecretParts): Promise<void> =>
    once(options, api, io, name, what, secret)
  const unseal = `${release}-unseal`
  if (options.seal) {
    if (hasData && (await secretAt(api, options, unseal)) === undefined) {
      throw new CliError(
        `the data of a vault is here (${claim}), but not its seal key (Secret ${unseal}). A new key could not open ` +
          `that data, so none was made. Put the saved Secret back; or, to lose the data: kubectl delete pvc ${claim} ` +
          `--namespace ${namespace}`,
      )
    }
    await make(unseal, 'the seal key', () => ({
      immutable: true,
      stringData: { 'unseal-key': randomBytes(32).toString('base64') },
    }))
  }
  const role = `${release}-role`
  if (hasData && (await secretAt(api, options, role)) === undefined) {
    io.note(`! Secret ${role} is missing. The vault knows its own AppRole, so a new one would not fit; none was made.`)
  } else {
    await make(role, 'the AppRole of Latchkey', () => ({
      stringData: { role_id: randomUUID(), secret_id: randomBytes(32).toString('hex') },
    }))
  }
  if (options.adminKey !== undefined && !hasData) await administrator(options, api, options.adminKey)
  const caCert = options.tls ? await tlsOf(options, api, make) : ''
  await connection(options, api, caCert)
  io.say(`= ConfigMap ${release}-connection`)
}

/** The vault reads it at its first start; without it, that start would fail and leave a store that must be deleted. */
const administrator = async (options: KeysCommand, api: ClusterApi, key: string): Promise<void> => {
  const name = `${options.release}-admin`
  const there = await secretAt(api, options, name)
  if (there?.[key]) return
  throw new CliError(
    `Secret ${name} lacks ${key}, with which the administrator logs in. Make it first: kubectl create secret generic ` +
      `${name} --namespace ${options.namespace} --from-file=${key}=/dev/stdin`,
  )
}

type SecretParts = {
  readonly type?: string
  readonly immutable?: boolean
  readonly stringData: Readonly<Record<string, string>>
}
type Make = (name: string, what: string, secret: () => SecretParts) => Promise<void>

const labels = (release: string) => ({
  'app.kubernetes.io/instance': release,
  'app.kubernetes.io/managed-by': 'latchkey',
})

/** Creates a Secret unless it exists; the cluster decides that, so two runs at once make one key. */
const once = async (
  { namespace, release }: KeysCommand,
  api: ClusterApi,
  io: Pick<Io, 'say'>,
  name: string,
  what: string,
  secret: () => SecretParts,
): Promise<void> => {
  const there = await secretAt(api, { namespace }, name)
  const object = () => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace, labels: labels(release) },
    ...secret(),
  })
  const isMade = there === undefined && (await api.create(`/api/v1/namespaces/${namespace}/secrets`, object()))
  io.say(`${isMade ? '+' : '='} Secret ${name} (${what})`)
}

const shape = z.object({ data: z.record(z.string(), z.string()).default({}) })

/** What a Secret contains; `undefined` if there is none. */
const secretAt = async (
  api: ClusterApi,
  { namespace }: Pick<KeysCommand, 'namespace'>,
  name: string,
): Promise<Readonly<Record<string, string>> | undefined> => {
  const there = await api.read(`/api/v1/namespaces/${namespace}/secrets/${name}`)
  if (there === undefined) return undefined
  const { data } = shape.parse(there)
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]))
}

/** Makes the certificate, unless there is one. Returns the authority that a client must trust. */
const tlsOf = async (options: KeysCommand, api: ClusterApi, make: Make): Promise<string> => {
  const { release, certificate, dnsName = [] } = options
  const name = `${release}-tls`
  if (certificate !== 'given') {
    const [first, ...rest] = dnsName
    if (first === undefined) throw new CliError('--dns-name: name the hosts of the vault’s certificate')
    const authority = certificate === 'signed' ? await authorityIn(options, api, `${release}-ca`) : undefined
    await make(name, 'the certificate', () => {
      const made = certificateFor([first, ...rest], authority)
      return {
        type: 'kubernetes.io/tls',
        stringData: { 'ca.crt': made.authority, 'tls.crt': made.certificate, 'tls.key': made.key },
      }
    })
  }
  const there = await secretAt(api, options, name)
  const missing = ['ca.crt', 'tls.crt', 'tls.key'].filter((key) => !there?.[key])
  if (!there?.['ca.crt'] || missing.length > 0) {
    throw new CliError(
      `Secret ${name} lacks ${missing.join(', ')}: put the vault’s certificate (tls.crt), its key (tls.key) and the ` +
        'authority that clients trust (ca.crt) there',
    )
  }
  return there['ca.crt']
}

const authorityIn = async (options: KeysCommand, api: ClusterApi, name: string): Promise<Certified> => {
  const there = await secretAt(api, options, name)
  if (there?.['tls.crt'] && there['tls.key']) return { certificate: there['tls.crt'], key: there['tls.key'] }
  throw new CliError(`Secret ${name} must hold an authority’s certificate (tls.crt) and its key (tls.key)`)
}

/** Writes how to reach the vault. No secret is in it. */
const connection = async (options: KeysCommand, api: ClusterApi, caCert: string): Promise<void> => {
  const { namespace, release, tls, externalUrl = '' } = options
  const own = `${tls ? 'https' : 'http'}://${release}.${namespace}.svc.cluster.local:8200`
  const { internalUrl = own } = options
  const name = `${release}-connection`
  const data = { internalUrl, externalUrl, namespace, secretName: `${release}-role`, caCert }
  const at = `/api/v1/namespaces/${namespace}/configmaps`
  const metadata = { name, namespace, labels: labels(release) }
  const isMade = await api.create(at, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data })
  if (!isMade) await api.merge(`${at}/${name}`, { data })
}
