import { CliError } from '../trouble.ts'
import type { Admin } from './admin.ts'
import type { Found, Target } from './kill-all.ts'

/** Workloads log in by a role that has the name of its policy, at any of these methods. */
const roleTypes: readonly string[] = ['approle', 'kubernetes', 'jwt', 'oidc']

/** A role without its policy gives nothing, so a mount of others that cannot be listed stops nobody. */
const unlisted = (error: unknown, mount: string, note: (text: string) => void): readonly string[] => {
  if (!(error instanceof CliError)) throw error
  note(`The roles at auth/${mount}/ cannot be listed. Without their policies they give nothing.`)
  return []
}

/** The roles of workloads with a name of our pattern. */
export const rolesIn = async (
  admin: Admin,
  all: readonly (readonly [string, { readonly type: string }])[],
  { policies }: Pick<Target, 'policies'>,
  note: (text: string) => void,
): Promise<readonly Found[]> => {
  const found: Found[] = []
  for (const [path, { type }] of all) {
    if (!roleTypes.includes(type)) continue
    const mount = path.replace(/\/$/, '')
    const names = await admin.list('auth', mount, 'role').catch((error: unknown) => unlisted(error, mount, note))
    found.push(...names.filter((name) => policies.test(name)).map((name) => ({ kind: 'role' as const, mount, name })))
  }
  return found
}
