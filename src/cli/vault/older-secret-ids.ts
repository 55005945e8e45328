import { z } from 'zod'
import { lengthText } from '../../domain/length.ts'
import type { Admin } from './admin.ts'
import type { CredentialOptions } from './credentials.ts'
import type { SetupOptions, SetupSettings } from './settings.ts'

const accessorAnswer = z.object({ secret_id_ttl: z.number() })

/**
 * Says which secret_ids stay valid beside new ones, and that new ones end. A limit of the role counts for those made
 * later, never for those that exist.
 */
export const olderSecretIds = async (
  admin: Admin,
  { appRole, secretIdTtl }: SetupSettings,
  { renew, secretIdTtl: isAsked }: CredentialOptions & SetupOptions,
): Promise<readonly string[]> => {
  if (!renew && isAsked === undefined) return []
  const role = ['auth', appRole.mount, 'role', appRole.role]
  const lives: number[] = []
  for (const secret_id_accessor of await admin.list(...role, 'secret-id')) {
    const found = await admin
      .write([...role, 'secret-id-accessor/lookup'], { secret_id_accessor })
      .catch(() => undefined)
    const { data } = accessorAnswer.safeParse(found)
    if (data) lives.push(data.secret_id_ttl) // without data it ended meanwhile
  }
  const endless = lives.filter((life) => life === 0).length
  const [noun, verb] = lives.length === 1 ? ['secret_id', 'stays'] : ['secret_ids', 'stay']
  return [
    ...(lives.length === 0
      ? []
      : [
          `${lives.length} older ${noun} ${verb} valid, ${endless} without an end. To destroy all of them and make a new one,`,
          '  follow "If it may have been stolen" under Rotating credentials in manifests/README.md.',
        ]),
    ...(secretIdTtl === 0
      ? []
      : [
          `Each new secret_id ends after ${lengthText(secretIdTtl)}, and Latchkey could then not log in. Let it renew its own:`,
          '  rotateEvery in the configuration, shorter than that, with the right --with rotate-credentials.',
        ]),
  ]
}
