import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { readYaml, writeYaml } from '../../config/yaml.ts'
import { isPostgres } from '../../store/postgres-address.ts'
import { configuration } from '../configured.ts'
import type { Io } from '../io.ts'
import { configFile } from '../options.ts'

/** The options of `latchkey config show`. */
export type ShowOptions = { readonly config?: string; readonly as?: 'yaml' | 'helm' }

/** Prints the configuration as code: as the file would say it, or as values of the chart. Never with a secret. */
export const showConfig = (options: ShowOptions, io: Io): void => {
  const file = configFile(options, io)
  const { people } = configuration(options, io) // complains of every mistake first
  const keptBack: string[] = []
  const content = shown(readYaml(readFileSync(file, 'utf8'), file).content, '', keptBack)
  if (options.as === 'helm') {
    const values = helmValues(content, readYaml(readFileSync(people, 'utf8'), people).content)
    for (const line of helmNotes(values)) io.say(line)
    io.say(writeYaml(values).trimEnd())
  } else io.say(writeYaml(content).trimEnd())
  if (keptBack.length > 0)
    io.note(`Kept back, because it may be a secret: ${keptBack.join(', ')}. Write it there yourself.`)
}

/** Addresses of receivers may end in a secret; a role_id is half of a login. */
const mayBeSecret = (key: string): boolean => /(^|\.)(roleId|headTo)$|webhook\.url$/.test(key)

/** The content without secrets; `keptBack` gets the keys of what is left out. */
const shown = (value: unknown, key: string, keptBack: string[]): unknown => {
  if (Array.isArray(value)) return value.map((one, index) => shown(one, `${key}[${index}]`, keptBack))
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(
      Object.entries(value).map(([name, one]) => [name, shown(one, key === '' ? name : `${key}.${name}`, keptBack)]),
    )
  if (typeof value !== 'string' || !isHidden(value, key)) return value
  keptBack.push(key)
  return URL.canParse(value) ? `${new URL(value).origin}/KEPT-BACK` : 'KEPT-BACK'
}

const isHidden = (text: string, key: string): boolean => {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text) && URL.canParse(text)) {
    const { username, password, pathname, search } = new URL(text)
    if (key === 'database') return password !== '' // its user is no secret
    return username !== '' || password !== '' || (mayBeSecret(key) && (pathname !== '/' || search !== ''))
  }
  return key.endsWith('roleId')
}

/** What the chart writes into the configuration by itself. */
const byChart = ['listen', 'dataFolder', 'journal', 'people', 'metrics']
const isByChart = (key: string, value: unknown): boolean =>
  byChart.includes(key) || (key === 'database' && !isPostgres(String(value)))

type Node = { readonly [key: string]: unknown }
const nodeOf = (value: unknown): Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value)) : {}

/** Values of the chart `latchkey`: files become what the chart mounts. */
const helmValues = (content: unknown, people: unknown): Node => {
  const authorities = new Map<string, string>()
  const secrets: { readonly name: string; readonly existingSecret: string }[] = []
  const mounted = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(mounted)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => [key, key === 'caFile' ? authority(String(one)) : mounted(one)]),
    )
  }
  const authority = (file: string): string => {
    const name = authorities.get(file) ?? `authority-${authorities.size + 1}`
    authorities.set(file, name)
    return `/run/latchkey/ca/${name}/ca.crt`
  }
  const integration = (one: unknown): unknown => {
    const { vault, ...rest } = nodeOf(one)
    const { credentials, ...settings } = nodeOf(vault)
    if (!('folder' in nodeOf(credentials))) return { ...rest, vault: { ...settings, credentials } }
    const name = String(rest.name).toLowerCase()
    secrets.push({ name, existingSecret: `latchkey-vault-${name}` })
    return { ...rest, vault: { ...settings, credentials: { folder: `/run/latchkey/vault/${name}` } } }
  }
  const { integrations, ...others } = nodeOf(mounted(content))
  const port = portOf(nodeOf(others.metrics).listen)
  const kept = Object.fromEntries(Object.entries(others).filter(([key, value]) => !isByChart(key, value)))
  const all = Array.isArray(integrations) ? integrations.map(integration) : []
  return {
    config: { ...kept, integrations: all },
    people,
    ...(port !== undefined && { metrics: { enabled: true, port } }),
    ...('journal' in others && { journal: { enabled: true } }),
    secrets: { existingSecret: 'latchkey-secrets' },
    ...(secrets.length > 0 && { vaultCredentials: secrets }),
    ...(authorities.size > 0 && {
      caCertificates: [...authorities].map(([file, name]) => ({ name, pem: readFileSync(resolve(file), 'utf8') })),
    }),
  }
}

/** The port of `HOST:PORT`; the chart listens on all addresses of its pod. */
const portOf = (listen: unknown): number | undefined =>
  typeof listen === 'string' ? Number(listen.slice(listen.lastIndexOf(':') + 1)) : undefined

const helmNotes = (values: Node): readonly string[] => [
  '# Values of the chart latchkey. Make the secrets that they name:',
  '#   latchkey-secrets: the tokens of chat, issuer and webhooks, by the names in the chart’s README',
  ...(Array.isArray(values.vaultCredentials)
    ? values.vaultCredentials.map((one) => `#   ${String(nodeOf(one).existingSecret)}: role_id and secret_id`)
    : []),
]
