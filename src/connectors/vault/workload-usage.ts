import type { Handle } from '../../domain/connector.ts'
import type { WorkloadLogin } from '../../domain/credential.ts'
import type { Workload } from '../../domain/workload.ts'
import { readHandle } from './handle.ts'
import type { VaultParams } from './params.ts'
import { tokenFolder } from './workload-login.ts'
import { mountOf } from './workload-roles.ts'

/** Who uses a grant, and its names at the vault. */
export type UsedBy = { readonly workload: Workload; readonly handle: Handle }

/** How a workload logs in now; `undefined` before its role is made. */
export const loginOf = (
  { params }: { readonly params: Pick<VaultParams, 'workloads'> },
  program: string,
  { workload, handle }: UsedBy,
): WorkloadLogin | undefined => {
  const role = readHandle(handle).policies.at(-1)
  if (role === undefined) return undefined
  const mount = mountOf(params, workload)
  const about = { kind: workload.kind, mount, role }
  return {
    ...about,
    ...('audience' in workload && { audience: workload.audience }),
    commands: commandsOf(program, about),
  }
}

/** A secret comes from a file or the input, never from the arguments of a process. */
const commandsOf = (
  program: string,
  { kind, mount, role }: Pick<WorkloadLogin, 'kind' | 'mount' | 'role'>,
): readonly string[] => {
  const login = `${program} write -field=token auth/${mount}/login`
  switch (kind) {
    case 'kubernetes':
      return [`${login} role=${role} jwt=@${tokenFolder}/token`]
    case 'jwt':
      return [`${login} role=${role} jwt=- < TOKEN_FILE`]
    case 'job':
    case 'approle':
      return [`${program} unwrap -field=secret_id | ${login} role_id=ROLE_ID secret_id=-`]
    default:
      return kind satisfies never
  }
}
