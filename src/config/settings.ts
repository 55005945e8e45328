import { createHash } from 'node:crypto'
import type { Configuration } from '../domain/configuration.ts'

/**
 * What a configuration file sets, for the audit log. Integrations and other named entries of a list are found by their
 * name, not by their position. Of an address only the origin is told: the rest may be a receiver's secret.
 */
export const settingsIn = (content: unknown, text: string): Configuration => ({
  hash: createHash('sha256').update(text).digest('hex'),
  settings: Object.fromEntries(flattened(content, '')),
})

/** Half of a login; whoever knows it can lock the bot out. */
const isHalfSecret = (key: string): boolean => key.endsWith('.roleId')

const flattened = (value: unknown, key: string): readonly (readonly [string, string])[] => {
  if (Array.isArray(value)) {
    return value.every(isPlain)
      ? [[key, value.map(shown).join(', ')]]
      : value.flatMap((each, index) => flattened(each, `${key}.${nameOf(each) ?? index}`))
  }
  if (value === null || typeof value !== 'object') {
    return [[key, isHalfSecret(key) ? fingerprint(String(value)) : shown(value)]]
  }
  return Object.entries(value).flatMap(([name, each]) => flattened(each, key === '' ? name : `${key}.${name}`))
}

const isPlain = (value: unknown): boolean => value === null || typeof value !== 'object'

const nameOf = (entry: unknown): string | undefined => {
  if (entry === null || typeof entry !== 'object') return undefined
  const named = ['name', 'key', 'path'].map((field) => Object.entries(entry).find(([key]) => key === field)?.[1])
  return named.find((name) => typeof name === 'string')
}

const shown = (value: unknown): string => {
  const text = String(value)
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text) || !URL.canParse(text)) return text
  const { protocol, host } = new URL(text)
  const rest = text.slice(text.indexOf('://') + 3 + host.length)
  const isBare = /^\/?$/.test(rest) && text.includes(`://${host}`)
  return isBare ? text : `${protocol}//${host}/… (${fingerprint(text)})`
}

const fingerprint = (text: string): string => `sha256 ${createHash('sha256').update(text).digest('hex').slice(0, 12)}`
