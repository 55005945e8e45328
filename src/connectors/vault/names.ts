import { randomBytes } from 'node:crypto'
import { type GrantId, grantId, type InstanceId, type PersonId } from '../../domain/ids.ts'

/** Draws the names of the bot's objects at a vault, and recognises them. All are lower case, `[a-z0-9-]`. */
export type VaultNames = {
  /** `<prefix><instance>-u-<slug>-<random>`: one userpass user per person. */
  drawUser(person: PersonId): string
  /** `<prefix><instance>-g-<grant>-<n>-<random>`: one policy per credential, never used twice. */
  drawPolicy(grant: GrantId, n: number): string
  /** Whether the name is a user of this instance, and not a human's or another instance's. */
  ownsUser(name: string): boolean
  /** Whether the name is a grant's policy of this instance; the management policy is not. */
  ownsPolicy(name: string): boolean
  /** The grant of a policy of this instance. */
  grantOf(policy: string): GrantId | undefined
}

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'

/** Eighty random bits: nobody can guess a user's name and lock the user with wrong passwords. */
const drawRandom = (): string => [...randomBytes(16)].map((byte) => alphabet[byte % 32]).join('')

/** Names with one prefix for one instance. Throws for a prefix or instance with which foreign names would match. */
export const vaultNames = (prefix: string, instance: InstanceId, random: () => string = drawRandom): VaultNames => {
  if (!/^[a-z0-9][a-z0-9-]*$/.test(prefix))
    throw new Error(`The name prefix "${prefix}" is not of a-z, 0-9 and hyphens.`)
  if (!/^[a-z0-9]+$/.test(instance)) throw new Error(`The instance id "${instance}" is not of a-z and 0-9.`)
  const { user: users, policy: policies } = namePatterns(prefix, instance)
  const grantOf = (policy: string) => {
    const id = policies.exec(policy)?.[1]
    return id === undefined ? undefined : grantId(id)
  }
  return {
    drawUser: (person) => `${prefix}${instance}-u-${slug(person)}-${random()}`,
    drawPolicy: (grant, n) => {
      if (!/^[a-z0-9-]+$/.test(grant)) throw new Error(`The grant id "${grant}" is not of a-z, 0-9 and hyphens.`)
      return `${prefix}${instance}-g-${grant}-${n}-${random()}`
    },
    ownsUser: (name) => users.test(name),
    ownsPolicy: (name) => policies.test(name),
    grantOf,
  }
}

/**
 * The pattern of our names, for one instance or all. It has no look-around and no escapes, so that `grep -E` can use
 * it. Prefix and instance must not contain pattern characters.
 */
export const namePatterns = (prefix: string, instance = '[a-z0-9]+') => ({
  user: new RegExp(`^${prefix}${instance}-u-[a-z0-9-]+-[a-z2-7]{16}$`),
  policy: new RegExp(`^${prefix}${instance}-g-([a-z0-9-]+)-[0-9]+-[a-z2-7]{16}$`),
})

/** The part of a person's id that fits into a user name; the vault's audit log then shows the person. */
const slug = (person: PersonId): string =>
  person
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 24)
    .replace(/^-+|-+$/g, '') || 'person'
