import { z } from 'zod'
import { type Secret, secret } from '../../domain/secret.ts'
import { type Seconds, seconds, timestamp } from '../../domain/time.ts'
import { failure, failureOf, type Named } from './failure.ts'
import type { Answer } from './transport.ts'

// The few needed fields of the vault's answers; all others are dropped.

const hidden = z.string().min(1).transform(secret)
const moment = z.iso
  .datetime({ offset: true })
  .transform((text) => timestamp(Date.parse(text)))
  .optional()
const length = z.int().nonnegative().transform(seconds)
/** The part of an answer that matters. */
export const inData = <T>(inner: z.ZodType<T>) => z.object({ data: inner }).transform(({ data }) => data)

export const healthBody = z.object({
  initialized: z.boolean(),
  sealed: z.boolean(),
  standby: z.boolean(),
  version: z.string().default(''),
  performance_standby: z.boolean().optional(),
})

const mount = z.object({ type: z.string(), options: z.record(z.string(), z.string()).nullish() })
export type Mount = z.infer<typeof mount>
export const mountsBody = inData(z.record(z.string(), mount))

/** A record by free names. `__proto__` is a normal name here, and `constructor` exists only when the answer has it. */
const byName = <T>(each: z.ZodType<T>) =>
  z
    .custom<object>((value) => typeof value === 'object' && value !== null && !Array.isArray(value))
    .transform((content) => Object.entries(content))
    .pipe(z.array(z.tuple([z.string(), each])))
    .transform((entries): ReadonlyMap<string, T> => new Map(entries))

const tags = byName(z.string()).nullish()
/** HashiCorp Vault does not support pages; for an empty folder it then answers without keys. */
const auditDevice = z.object({
  type: z.string(),
  path: z.string(),
  options: z.record(z.string(), z.string()).nullish(),
})
export const auditBody = inData(z.record(z.string(), auditDevice)).transform((devices) =>
  Object.entries(devices).map(([path, { type, options }]) => ({ path, type, options: options ?? {} })),
)
export type AuditDevice = z.output<typeof auditBody>[number]
export const hashBody = inData(z.object({ hash: z.string() })).transform(({ hash }) => hash)
export const keysBody = inData(z.object({ keys: z.array(z.string()).default([]) })).transform(({ keys }) => keys)
export const metadataBody = inData(z.object({ custom_metadata: tags })).transform(
  (data) => data.custom_metadata ?? new Map(),
)
const version = z.object({ deletion_time: z.string().default(''), destroyed: z.boolean().default(false) })
export const versionsBody = inData(
  z.object({ current_version: z.number().default(0), versions: z.record(z.string(), version).nullish() }),
)
/** Leases that could not be ended, with the vault's reason. */
export const stuckBody = inData(
  z.object({ leases: z.array(z.object({ lease_id: z.string(), error: z.string().default('') })).default([]) }),
).transform(({ leases }) => leases)
const written = z.string().transform((text) => Date.parse(text))
/** The newest version of a secret. A secret without any version was written when its metadata was. */
export const currentBody = inData(
  z.object({
    current_version: z.number().default(0),
    created_time: written,
    versions: z.record(z.string(), z.object({ created_time: written })).nullish(),
  }),
).transform(({ current_version: version, created_time: made, versions }) => ({
  ...{ version, at: versions?.[`${version}`]?.created_time ?? made },
}))
/** What a Transit key can do. */
export const keyBody = inData(
  z.object({
    type: z.string(),
    supports_encryption: z.boolean().default(false),
    supports_decryption: z.boolean().default(false),
    supports_signing: z.boolean().default(false),
    exportable: z.boolean().default(false),
  }),
)
export const detailedBody = inData(
  z.object({
    keys: z.array(z.string()),
    key_info: byName(z.object({ custom_metadata: tags }).nullish()).nullish(),
  }),
)

export const policyBody = inData(z.object({ policy: z.string(), expiration: moment, version: z.int().optional() }))
export const userBody = inData(
  z.object({
    token_policies: z.array(z.string()).nullish(),
    token_ttl: z.number().nullish(),
    token_max_ttl: z.number().nullish(),
    token_explicit_max_ttl: z.number().nullish(),
    token_num_uses: z.number().nullish(),
    token_no_default_policy: z.boolean().nullish(),
  }),
)
const mountBody = inData(z.object({ config: z.object({ max_lease_ttl: length }) }))
/** The token limit of a mount; `undefined` for the server's own limit (0) or no answer. */
export const mountLimit = ({ status, body }: Answer): Seconds | undefined =>
  (status === 200 && mountBody.safeParse(body).data?.config.max_lease_ttl) || undefined

const errorsBody = z.object({ errors: z.array(z.string()) })

const mountName = inData(z.object({ accessor: z.string().min(1) }))
/** The accessor of a mount; `undefined` where the vault does not tell. */
export const mountAccessor = ({ status, body }: Answer): string | undefined =>
  status === 200 ? mountName.safeParse(body).data?.accessor : undefined

const alias = z
  .object({ name: z.string(), mount_accessor: z.string().default(''), mount_type: z.string().default('') })
  .transform(({ name, mount_accessor, mount_type }) => ({ name, mount: mount_accessor, type: mount_type }))
/** OpenBao and HashiCorp Vault write the id of an identity differently. */
const entity = z
  .object({
    ID: z.string().optional(),
    id: z.string().optional(),
    name: z.string().default(''),
    aliases: z.array(alias).nullish(),
  })
  .transform(({ ID, id, name, aliases }) => ({ id: ID ?? id ?? '', name, aliases: aliases ?? [] }))
const authorization = z
  .object({ entity_id: z.string(), entity_name: z.string().default('') })
  .transform(({ entity_id, entity_name }) => ({ id: entity_id, name: entity_name }))
/**
 * A request that waits for its control group. The answer also has the body of that request, which may be a secret: it is
 * dropped here.
 */
export const controlGroupBody = inData(
  z.object({
    approved: z.boolean(),
    authorizations: z.array(authorization).nullish(),
    request_entity: entity,
    request_operation: z.string().default('read'),
    request_path: z.string().min(1),
  }),
).transform(({ approved, authorizations, request_entity, request_operation, request_path }) => ({
  ...{ approved, approvals: authorizations ?? [], entity: request_entity },
  ...{ operation: request_operation, path: request_path },
}))
/** Whether the accessor is of no control group: it is unknown, over, or of any other token. */
export const saysNoControlGroup = ({ status, body }: Answer): boolean =>
  status === 400 &&
  (errorsBody.safeParse(body).data?.errors ?? []).some((one) => /(invalid|missing) (accessor|wrapping token)/.test(one))

export const tokenBody = inData(
  z.object({ display_name: z.string().default(''), expire_time: moment.nullable() }),
).transform(({ display_name, expire_time }) => ({ displayName: display_name, expiresAt: expire_time ?? undefined }))

export const capabilitiesBody = inData(z.record(z.string(), z.array(z.string())))

export const loginBody = z
  .object({
    auth: z.object({
      client_token: hidden,
      accessor: z.string(),
      lease_duration: length,
      renewable: z.boolean().default(false),
      metadata: z.record(z.string(), z.string()).nullish(),
    }),
  })
  .transform(({ auth }) => ({
    token: auth.client_token,
    accessor: auth.accessor,
    ttl: auth.lease_duration,
    isRenewable: auth.renewable,
    metadata: auth.metadata ?? {},
  }))

const mfaBody = z.object({ auth: z.object({ mfa_requirement: z.object({}) }) })
/** Whether the answer to a login demands a second factor instead of giving a token. */
export const asksForMfa = ({ body }: Answer): boolean => mfaBody.safeParse(body).success

/** Whether the refusal of a login names the networks of a role or secret_id. */
export const namesNetworks = ({ body }: Answer): boolean =>
  errorsBody.safeParse(body).data?.errors.some((one) => one.includes('CIDR restrictions')) === true

/** What the refusal of a token may name. The texts are the same at OpenBao and HashiCorp Vault. */
export type TokenReason = 'wrong-audience' | 'token-ended' | 'not-bound' | 'no-such-role'
const reasons: readonly (readonly [RegExp, TokenReason])[] = [
  [/invalid audience \(aud\) claim/, 'wrong-audience'],
  [/invalid (expiration time \(exp\)|not before \(nbf\)|issued at \(iat\)) claim|token is expired/, 'token-ended'],
  [/not authorized$|invalid (subject \(sub\)|issuer \(iss\)) claim|associated bound claim/, 'not-bound'],
  [/^role ".*" could not be found$|^invalid role name/, 'no-such-role'],
]
/** The reason in the refusal of a token; `undefined` when it names none. */
export const tokenReason = ({ status, body }: Answer): TokenReason | undefined => {
  const said = status === 400 || status === 403 ? (errorsBody.safeParse(body).data?.errors ?? []) : []
  return reasons.find(([text]) => said.some((one) => text.test(one)))?.[1]
}

export const wrappedBody = z
  .object({
    wrap_info: z.object({
      token: hidden,
      ttl: length,
      creation_path: z.string(),
      wrapped_accessor: z.string().min(1),
    }),
  })
  .transform(({ wrap_info: info }) => ({
    wrappingToken: info.token,
    wrapTtl: info.ttl,
    creationPath: info.creation_path,
    accessor: info.wrapped_accessor,
  }))

/** A wrapped answer that is no login. */
export const wrappedSecretIdBody = z
  .object({ wrap_info: z.object({ token: hidden, ttl: length, creation_path: z.string() }) })
  .transform(({ wrap_info: info }) => ({
    wrappingToken: info.token,
    wrapTtl: info.ttl,
    creationPath: info.creation_path,
  }))

export const lookupBody = inData(z.object({ creation_path: z.string() })).transform((data) => data.creation_path)
export const secretIdBody = inData(z.object({ secret_id: hidden })).transform((data): Secret => data.secret_id)
export const accessorBody = inData(z.object({ metadata: z.record(z.string(), z.string()).nullish() })).transform(
  (data) => data.metadata ?? {},
)

export const errorBody = z.object({ errors: z.array(z.string()) })
/** Both servers say this about a token that is gone. Any other refusal, such as a missing right, proves nothing. */
export const saysGone = (body: unknown): boolean =>
  errorBody.safeParse(body).data?.errors.some((one) => /\b(invalid accessor|bad token)\b/.test(one)) === true

/** Parses the body of a success. Throws for any other answer, with a message that does not repeat the body. */
export const parse = <T>(schema: z.ZodType<T>, answer: Answer, call: Named): T => {
  if (answer.status < 200 || answer.status > 299) throw failureOf(answer.status, call)
  const result = schema.safeParse(answer.body)
  if (result.success) return result.data
  const where = result.error.issues[0]?.path.map(String).join('.')
  throw failure('strange-answer', `The vault's answer to ${call.method} ${call.path} is not understood at "${where}".`)
}
