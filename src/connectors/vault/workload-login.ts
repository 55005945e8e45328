import { createHash } from 'node:crypto'
import type { Item } from '../../domain/resource.ts'
import { textOfWorkload, type Workload } from '../../domain/workload.ts'

/** How a workload logs in: the mount without `auth/`, and the role that exists for its access alone. */
export type Login = { readonly workload: Workload; readonly mount: string; readonly role: string }

/**
 * A name for objects in a cluster. It stays the same for the next access of the workload to the same, so that those
 * objects are replaced.
 */
export const clusterName = (workload: Workload, items: readonly Pick<Item, 'path' | 'permission'>[]): string => {
  const all = [...items.map(({ path, permission }) => [path, permission]), textOfWorkload(workload)]
  return `latchkey-${createHash('sha256').update(JSON.stringify(all)).digest('hex').slice(0, 8)}`
}

/** Where a pod finds the token with which it logs in, with the audience of the login. */
export const tokenFolder = '/var/run/secrets/latchkey'

/** The namespace of a workload in a cluster; where it has none of its own, one to fill in. */
export const namespaceOf = (workload: Workload): string =>
  workload.kind === 'kubernetes' ? workload.namespace : 'NAMESPACE'

const text = (value: string): string => JSON.stringify(value)

/** The login of an agent, in its language. */
export const methodOf = ({ workload, mount, role }: Login): string => {
  const lines = configOf(workload, mount, role).map(([name, value]) => `      ${name} = ${value}`)
  return [
    '  method {',
    `    type = ${text(workload.kind === 'job' ? 'approle' : workload.kind)}`,
    `    mount_path = ${text(`auth/${mount}`)}`,
    '    config = {',
    ...lines,
    '    }',
    '  }',
  ].join('\n')
}

const configOf = (workload: Workload, mount: string, role: string): readonly (readonly [string, string])[] => {
  switch (workload.kind) {
    case 'kubernetes':
      return [
        ['role', text(role)],
        ['token_path', text(`${tokenFolder}/token`)],
      ]
    case 'jwt':
      return [
        ['role', text(role)],
        ['path', text('latchkey-jwt')],
        ['remove_jwt_after_reading', 'false'],
      ]
    case 'approle':
      return [
        ['role_id_file_path', text('role_id')],
        ['secret_id_file_path', text('secret_id')],
        ['remove_secret_id_file_after_reading', 'false'],
      ]
    case 'job':
      // The agent unwraps it itself, and refuses one that another role made.
      return [
        ['role_id_file_path', text('role_id')],
        ['secret_id_file_path', text('wrapped_secret_id')],
        ['secret_id_response_wrapping_path', text(`auth/${mount}/role/${role}/secret-id`)],
      ]
    default:
      return workload satisfies never
  }
}
