import type { VaultParams } from '../../connectors/vault/params.ts'
import { ownerOf, rotateSecretId } from '../../connectors/vault/rotation.ts'
import { type InstanceId, integrationId } from '../../domain/ids.ts'
import { ExternalError } from '../../ports.ts'
import { chosenVault, configuration, trustMore } from '../configured.ts'
import { databaseOf, type PlaceOptions } from '../data-folder.ts'
import type { Io } from '../io.ts'
import { CliError } from '../trouble.ts'
import { setupCommand } from './setup-command.ts'
import { wayTo } from './way-to.ts'

/** Renews the secret_id of one integration now. A running server continues without a pause. */
export const rotate = async (
  name: string | undefined,
  options: { readonly config?: string },
  io: Io,
): Promise<void> => {
  const config = configuration(options, io)
  const vault = chosenVault(config, name)
  trustMore(config)
  const { rotation, close } = wayTo(vault.params, io.environment)
  try {
    const instance = await instanceOf(options, io)
    const owner = instance && ownerOf(instance, integrationId(vault.name))
    const swept = await rotateSecretId({ ...rotation(), ...(owner !== undefined && { owner }) })
    io.say(`${vault.name}: a new secret_id is in place and proved; the old one is destroyed.`)
    if (swept === 'not-allowed') io.note(unswept(vault.params))
  } catch (error) {
    throw error instanceof ExternalError ? new CliError(explained(error, vault.params)) : error
  } finally {
    await close()
  }
}

const unswept = (params: VaultParams): string =>
  'Latchkey did not look for leftovers of a killed renewal. That needs the optional right sweep-credentials: ' +
  setupCommand(params, '--with', 'rotate-credentials')

/**
 * The instance whose server has this database; `undefined` before its first start, or when the database is unreadable.
 */
const instanceOf = async (options: PlaceOptions, io: Io): Promise<InstanceId | undefined> => {
  const database = databaseOf(options, io)
  if (!(await database.exists())) return undefined
  try {
    const reader = await database.read()
    return await reader.instance().finally(reader.close)
  } catch {
    return undefined // a damaged database must not stop the renewal of a stolen secret_id
  }
}

const explained = ({ code, message }: ExternalError, params: VaultParams): string => {
  if (code !== 'denied') return message
  const role = `auth/${params.approleMount}/role/${params.approleRole}`
  const remedy = setupCommand(params, '--with', 'rotate-credentials')
  return `${message} The role ${role} needs the optional right rotate-credentials: ${remedy}`
}
