import { readFile, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { checkWritable, replaceFile } from '../../connectors/vault/durable-file.ts'
import { vaultLogins } from '../../connectors/vault/logins.ts'
import { secret } from '../../domain/secret.ts'
import type { Io } from '../io.ts'
import { CliError } from '../trouble.ts'
import { type AdminOptions, openVault } from './admin.ts'
import { credentialFiles } from './credentials.ts'
import { setupSettings } from './settings.ts'

/** The options of `latchkey vault unwrap`. */
export type UnwrapOptions = AdminOptions & {
  readonly credentialsDir: string
  readonly vendorCompatible?: boolean
  readonly approleMount?: string
  readonly role?: string
}

/** Unwraps the secret_id of `vault setup` once, on the machine of Latchkey. Needs no other token. */
export const unwrapSecretId = async (options: UnwrapOptions, io: Io): Promise<void> => {
  const { appRole } = setupSettings(options)
  const folder = resolve(options.credentialsDir)
  const wrappedFile = join(folder, credentialFiles.wrapped)
  const secretFile = join(folder, credentialFiles.secretId)
  const wrapping = (await readFile(wrappedFile, 'utf8').catch(() => '')).trim()
  const isOpen = !wrapping && (await stat(secretFile).catch(() => undefined)) !== undefined
  if (isOpen) throw new CliError(`${secretFile} is there already, so there is nothing to unwrap`)
  if (!wrapping) throw new CliError(`there is no ${wrappedFile}: "latchkey vault setup --credentials-dir" creates one`)
  await checkWritable(secretFile).catch((error: unknown) => {
    throw new CliError(`${folder} cannot be written to: ${String(error)}`)
  })
  const vault = openVault(options, io)
  try {
    const logins = vaultLogins(vault.send)
    const origin = `auth/${appRole.mount}/role/${appRole.role}/secret-id`
    const from = await logins.wrappedFrom(secret(wrapping))
    if (from !== undefined && from !== origin)
      throw new CliError(
        `${wrappedFile} was made by ${from} and not by ${origin}: somebody replaced it, or --role is missing`,
      )
    const secretId = from && (await logins.unwrapSecretId(secret(wrapping)))
    if (!secretId) {
      throw new CliError(
        `${wrappedFile} was unwrapped before, or is too old: somebody may have the secret_id. Destroy it ` +
          '(the vault lists all secret_ids of the role), then make a new one with: ' +
          'latchkey vault setup --apply --renew --credentials-dir FOLDER',
      )
    }
    await replaceFile(secretFile, `${secretId.reveal()}\n`)
    await rm(wrappedFile)
    io.say(`${secretFile} is there, for its owner only. In the configuration: credentials: { folder: ${folder} }`)
  } finally {
    await vault.close()
  }
}
