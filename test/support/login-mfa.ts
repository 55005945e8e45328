import type { RawCall } from './openbao-calls.ts'

/** Makes the vault demand a second factor of every login at an auth mount; `root` calls as its administrator. */
export const enforceMfa = async (root: RawCall, mount: string): Promise<void> => {
  const method = await root('POST', 'identity/mfa/method/totp', { issuer: 'example', period: 30 })
  const { accessor } = (await root('GET', 'sys/auth')).body.data[`${mount}/`]
  const ids = { mfa_method_ids: [method.body.data.method_id], auth_method_accessors: [accessor] }
  const { status } = await root('POST', `identity/mfa/login-enforcement/${mount}`, ids)
  if (status !== 204) throw new Error(`login MFA could not be enforced: ${status}`)
}

/** Takes it back. */
export const liftMfa = (root: RawCall, mount: string) => root('DELETE', `identity/mfa/login-enforcement/${mount}`)
