import { z } from 'zod'
import { lengthOf } from '../../../domain/length.ts'
import { seconds } from '../../../domain/time.ts'
import { obstacleOf } from '../obstacles.ts'

const reserved: ReadonlySet<string> = new Set(['default', 'root', 'response-wrapping', 'control-group'])

/** A vault turns names of policies into lower case. */
const lentName = z
  .string()
  .max(128)
  .regex(/^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$/, 'write an exact name in lower case, without a wildcard')
  .refine((name) => !reserved.has(name), 'this policy belongs to the vault itself; name one of your own')

const roleName = z
  .string()
  .max(128)
  .regex(/^\w([\w.-]*\w)?$/, 'write the name of the token role')

/** Quotes and backslashes are left out, because the documents of a vault are compared by what they say. */
const isPlain = (path: string): boolean => obstacleOf(path) === undefined && !/["\\]/.test(path)

/** One path, or all beneath a folder or mount. */
const path = z
  .string()
  .transform((text) => text.replace(/^\/+/, ''))
  .refine((text) => isPlain(text.replace(/\/\*$/, '')), 'write an exact path such as kv/shop/db, or kv/shop/*')

/** What a policy gives, in the words of a request. */
export const gift = z.strictObject({
  type: z.string().min(1),
  path,
  permissions: z.array(z.string().min(1)).min(1),
})
/** See `gift`. */
export type LentGift = z.output<typeof gift>

const capability = z.enum(['create', 'read', 'update', 'patch', 'delete', 'list', 'deny'])
/** Paths at which a token could change its own rights or those of others. */
const own = /^(sys|auth|identity|cubbyhole)(\/|$)/
const ruleFault = (path: string): string | undefined => {
  if (own.test(path)) return 'sys, auth, identity and cubbyhole are never lent'
  const isRule = isPlain(path.replace(/\/?\*?$/, '')) && /^[^*/]+\//.test(path)
  return isRule ? undefined : 'write a path with its mount; only its end may be a *'
}
const rules = z.record(z.string(), z.array(capability).min(1)).superRefine((given, context) => {
  if (Object.keys(given).length === 0) context.addIssue({ code: 'custom', message: 'write at least one path' })
  for (const path of Object.keys(given)) {
    const message = ruleFault(path)
    if (message !== undefined) context.addIssue({ code: 'custom', path: [path], message })
  }
})

const policy = z
  .strictObject({
    name: lentName,
    /** What it gives; its document is made from this. */
    gives: z.array(gift).min(1).optional(),
    /** An administrator's own policy: exactly these capabilities by path. */
    rules: rules.optional(),
  })
  .refine(({ gives, rules }) => (gives === undefined) !== (rules === undefined), 'write either gives or rules')

/** The longest life of a token, such as `8h`; a number means seconds. */
const longest = z
  .union([
    z.int().positive(),
    z.string().refine((text) => (lengthOf(text) ?? 0) > 0, 'write a length such as 45m, 8h or 2d'),
  ])
  .transform((given) => (typeof given === 'number' ? seconds(given) : (lengthOf(given) ?? seconds(0))))

const role = z.strictObject({
  name: roleName,
  /** The policies that its tokens may have; exactly these stand in the role. */
  policies: z.array(lentName).min(1),
  longest,
  /** Whether its tokens belong to an entity of the person; the role allows the prefix. */
  aliases: z.boolean().default(false),
})

/** What an administrator lends to the bot: policies, and the token roles that may combine them. */
export const containedSettings = z
  .strictObject({ policies: z.array(policy).min(1), roles: z.array(role).min(1) })
  .superRefine(({ policies, roles }, context) => {
    const complain = (at: readonly PropertyKey[], message: string) =>
      context.addIssue({ code: 'custom', path: [...at], message })
    const known = new Set(policies.map(({ name }) => name))
    for (const [key, list] of [
      ['policies', policies],
      ['roles', roles],
    ] as const) {
      for (const [index, { name }] of list.entries()) {
        if (list.findIndex((one) => one.name === name) !== index)
          complain([key, index, 'name'], `${name} is named twice`)
      }
    }
    for (const [index, { policies: lent }] of roles.entries()) {
      const stray = lent.findIndex((name) => !known.has(name))
      if (stray >= 0) complain(['roles', index, 'policies', stray], 'name one of the policies above')
    }
    for (const [index, { name }] of policies.entries()) {
      if (!roles.some(({ policies: lent }) => lent.includes(name)))
        complain(['policies', index, 'name'], `no role lends ${name}; add it to a role or leave it out`)
    }
  })

/** See `containedSettings`. */
export type ContainedSettings = z.output<typeof containedSettings>
