import { openApi } from '../api/client.ts'
import type { Page, Resource } from '../api/types.ts'
import type { Io } from '../io.ts'
import type { Safe } from '../safe/safe.ts'
import { quoted } from '../text.ts'
import { permissionFor, type Verb } from './rights.ts'

/** The command line that would ask for what the vault refused. Latchkey's catalogue says what can be asked for. */
export const cureFor = async (
  { safe }: { readonly safe: Safe; readonly io: Io },
  verb: Verb,
  path: string,
  vault: string | undefined,
): Promise<readonly string[]> => {
  const offered = await offeredFor(safe, verb, path, vault).catch(() => undefined)
  const { resource, permission } = offered ?? guess(verb, path)
  const at = vault ?? offered?.vault
  const words = ['latchkey', 'request', quoted(resource), ...(at === undefined ? [] : ['--vault-id', quoted(at)])]
  return ['This asks for it:', `  ${words.join(' ')} --permission ${permission} --for 2h --reason "why you need it"`]
}

type Offer = { readonly resource: string; readonly permission: string; readonly vault?: string }

/** The secret itself, where it need only be read; else the deepest folder on offer that contains it. */
const offeredFor = async (
  safe: Safe,
  verb: Verb,
  path: string,
  vault: string | undefined,
): Promise<Offer | undefined> => {
  const api = await openApi(safe)
  const find = async (type: string, text: string) => {
    const query = new URLSearchParams({ type, text, limit: '100', ...(vault !== undefined && { vault }) })
    return (await api.call<Page<Resource>>('GET', `/resources?${query}`)).items
  }
  if (verb === 'fetch') {
    const [secret] = (await find('secret', path)).filter((one) => one.path === path && one.permissions.includes('read'))
    if (secret) return { resource: path, permission: 'read', vault: secret.vault }
  }
  const [folder] = (await find('management', path.split('/')[0] ?? ''))
    .filter((one) => path.startsWith(one.path) && one.permissions.includes(permissionFor(verb)))
    .toSorted((one, other) => other.path.length - one.path.length)
  return folder && { resource: folder.path, permission: permissionFor(verb), vault: folder.vault }
}

const guess = (verb: Verb, path: string): Offer =>
  verb === 'fetch'
    ? { resource: path, permission: 'read' }
    : { resource: path.slice(0, path.lastIndexOf('/') + 1), permission: permissionFor(verb) }
