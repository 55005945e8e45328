import { z } from 'zod'
import { caveatKinds } from '../../domain/caveat.ts'
import type { Beneath, Handle, Leftover, Plan } from '../../domain/connector.ts'
import type { AppRole } from '../../domain/credential.ts'
import type { Discovered, Look, Roots } from '../../domain/discovery.ts'
import type { Proof } from '../../domain/grant.ts'
import { grantId, resourceId } from '../../domain/ids.ts'
import type { Outcome } from '../../domain/refusal.ts'
import type { Item } from '../../domain/resource.ts'
import type { StuckLease } from '../../domain/stuck-lease.ts'
import { seconds, timestamp } from '../../domain/time.ts'
import type { Workload } from '../../domain/workload.ts'
import type { Order } from '../../ports.ts'

export const moment = z.int().nonnegative().transform(timestamp)
export const length = z.int().transform(seconds)
export const text = z.string().max(65_536)
/** An id of a row, also used in names of files. */
export const id = z.string().regex(/^[\w-]{1,100}$/)
export const grant = id.transform(grantId)

const party = z.templateLiteral([z.enum(['person', 'group']), ':', z.string()])

export const item: z.ZodType<Item> = z.strictObject({
  resource: text.transform(resourceId),
  ...{ type: text, path: text, permission: text },
  except: z.array(text).exactOptional(),
  asked: z.array(z.strictObject({ path: text, owner: party })).exactOptional(),
})

export const plan: z.ZodType<Plan> = z.strictObject({ document: z.string(), hash: text })

export const handle: z.ZodType<Handle> = z.record(z.string(), z.union([z.string(), z.number(), z.array(z.string())]))

/** The connector's own `vaultConnector` checks it again against its own offer. */
export const workload: z.ZodType<Workload> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('job') }),
  z.strictObject({
    ...{ kind: z.literal('kubernetes'), mount: text, namespace: text, serviceAccount: text, audience: text },
  }),
  z.strictObject({ kind: z.literal('jwt'), mount: text, audience: text, claims: z.record(z.string(), text) }),
  z.strictObject({ kind: z.literal('approle'), cidrs: z.tuple([text], text) }),
])

export const order: z.ZodType<Order> = z.strictObject({
  ...{ grant, account: text, handle, items: z.array(item).min(1), plan },
  approved: z.strictObject({ items: z.array(item).min(1), plan }).exactOptional(),
  workload: workload.exactOptional(),
  until: moment,
})

export const appRole: z.ZodType<AppRole> = z.strictObject({
  ...{ roleId: text, loginBy: moment, uses: z.enum(['once', 'many']) },
})

export const stuckLease: z.ZodType<StuckLease> = z.strictObject({
  ...{ lease: text, path: text, reason: text, command: text },
})

export const leftover: z.ZodType<Leftover> = z.strictObject({
  ...{ name: text, kind: z.enum(['policy', 'account']) },
  grant: grant.exactOptional(),
})

export const proof: z.ZodType<Proof> = z.strictObject({
  means: z.enum(['canary', 'login', 'accessor', 'readback']),
  at: moment,
  latency: z.number().nonnegative(),
  lent: z.literal(true).exactOptional(),
})

const discovered: z.ZodType<Discovered> = z.strictObject({
  ...{ type: text, path: text, permissions: z.array(text) },
  ...{ ownerTag: text.exactOptional(), description: text.exactOptional(), obstacle: text.exactOptional() },
  isTagUnread: z.literal(true).exactOptional(),
})

export const look: z.ZodType<Look> = z.strictObject({
  found: z.array(discovered),
  folders: z.array(text),
})

export const roots: z.ZodType<Roots> = z.strictObject({
  folders: z.array(text),
  away: z.array(z.strictObject({ place: text, code: text })),
})

const beneath: z.ZodType<Beneath> = z.strictObject({
  secrets: z.array(z.strictObject({ path: text, ownerTag: text.exactOptional() })),
  except: z.array(z.strictObject({ path: text, why: z.enum(['unlisted', 'unnameable', 'excluded', 'tag-unread']) })),
})

export const caveat = z.enum(caveatKinds)

/** The refusals of a look beneath a folder. */
const refusal = z.discriminatedUnion('code', [
  z.strictObject({ code: z.literal('cannot-be-granted'), obstacle: text }),
  z.strictObject({ code: z.literal('too-much-beneath'), most: z.int() }),
  ...z
    .enum(['no-such-resource', 'walk-unfinished', 'policy-too-large', 'folder-unnameable', 'folder-unlisted'])
    .options.map((code) => z.strictObject({ code: z.literal(code) })),
])

export const beneathOutcome: z.ZodType<Outcome<Beneath>> = z.discriminatedUnion('ok', [
  z.strictObject({ ok: z.literal(true), value: beneath }),
  z.strictObject({ ok: z.literal(false), refusal }),
])
