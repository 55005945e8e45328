import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The version of this Latchkey, from its package.json. */
export const ownVersion = (): string => {
  const content: unknown = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8'))
  const version = typeof content === 'object' && content !== null && 'version' in content ? content.version : undefined
  return typeof version === 'string' ? version : 'unknown'
}
