import type { Secret } from '../../domain/secret.ts'

type Hash = (password: string, cost: number) => Promise<string>

/**
 * Makes bcrypt hashes. The native library works beside the event loop. Where it has no build for the machine, or was not
 * installed, the one in plain JavaScript gives the same, more slowly.
 */
export const passwordHasher = (native: () => Promise<{ readonly hash: Hash }> = () => import('@node-rs/bcrypt')) => {
  const find = () => native().catch(() => import('bcryptjs'))
  let library: ReturnType<typeof find> | undefined // loaded at the first hash, because most commands need none
  return async (password: Secret, cost: number): Promise<string> => {
    library ??= find()
    return (await library).hash(password.reveal(), cost)
  }
}
