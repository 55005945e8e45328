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
  const { resource, permission, asksOthers } = offered ?? guess(verb, path)
  const at = vault ?? offered?.vault
  const words = ['latchkey', 'request', quoted(resource), ...(at === undefined ? [] : ['--vault-id', quoted(at)])]
  const others = asksOthers ? ' --others ask' : ''
  return [
    'This asks for it:',
    `  ${words.join(' ')} --permission ${quoted(permission)}${others} --for 2h --reason "why you need it"`,
  ]
}

type Offer = {
  readonly resource: string
  readonly permission: string
  readonly vault?: string
  /** Whether the secret may have another owner than the folder, which would be given without it. */
  readonly asksOthers?: boolean
}

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
  const secret = (await find('secret', path)).find((one) => one.path === path)
  if (verb === 'fetch' && secret?.permissions.includes('read')) {
    return { resource: path, permission: 'read', vault: secret.vault }
  }
  const [folder] = (await find('management', path.split('/')[0] ?? ''))
    .filter((one) => path.startsWith(one.path) && one.permissions.includes(permissionFor(verb)))
    .toSorted((one, other) => other.path.length - one.path.length)
  const asksOthers = secret?.owner !== undefined
  return folder && { resource: folder.path, permission: permissionFor(verb), vault: folder.vault, asksOthers }
}

const guess = (verb: Verb, path: string): Offer =>
  verb === 'fetch'
    ? { resource: path, permission: 'read' }
    : { resource: path.slice(0, path.lastIndexOf('/') + 1), permission: permissionFor(verb) }
