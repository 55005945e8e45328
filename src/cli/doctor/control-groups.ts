import type { vaultCalls } from '../../connectors/vault/calls.ts'
import type { VaultParams } from '../../connectors/vault/params.ts'
import { messageOf } from '../../domain/message-of.ts'
import { type Finding, missing, ok, optional } from '../../findings.ts'

type Calls = Pick<ReturnType<typeof vaultCalls>, 'controlGroup'>

/** An accessor that no vault draws. */
const nobody = 'latchkeydoctorlooks'

/** Whether the vault has control groups at all: the community edition of HashiCorp Vault stores them and asks nobody. */
export const controlGroupFindings = async (
  what: string,
  { controlGroups }: Pick<VaultParams, 'controlGroups'>,
  calls: Calls,
): Promise<readonly Finding[]> => {
  if (controlGroups.length === 0) return []
  const row = `${what}: control groups`
  try {
    await calls.controlGroup(nobody)
    return [ok(row, `answers; asked are ${controlGroups.map(({ group }) => group).join(', ')}`)]
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'absent') {
      return [
        missing(
          row,
          'this vault ignores control groups: it gives what a policy puts under one to everybody at once',
          'use OpenBao 2.7 or later (HashiCorp Vault has them in Enterprise only), or take controlGroups out',
        ),
      ]
    }
    // The missing right has a row of its own.
    return code === 'denied' ? [] : [optional(row, messageOf(error), 'run latchkey doctor again')]
  }
}
