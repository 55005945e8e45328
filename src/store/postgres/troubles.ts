import { messageOf } from '../../domain/message-of.ts'
import { codeOf } from './failures.ts'

/** What a refused or failed connection means, by its code, and what to do. */
const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there; start the database, or correct the address',
  ENOTFOUND: 'there is no such host; correct the address',
  EAI_AGAIN: 'its name cannot be looked up now; try again, or check the name servers',
  ETIMEDOUT: 'it does not answer; check the address and the network between',
  ECONNRESET: 'it hung up; its log says why',
  ENOENT: 'there is no such socket or file; correct the address',
  EACCES: 'this user may not open that socket or file; give the rights',
  '28P01': 'the password is wrong',
  '28000': 'this role may not log in from here; its administrator has to allow it in pg_hba.conf',
  '3D000': 'there is no such database; "latchkey database setup" prints what makes it',
  '42501': 'this role lacks a right',
  '42704': 'there is no such role; "latchkey database setup" prints what makes it',
  '53300': 'it has no free connection; raise max_connections, or use a pooler',
  '57P03': 'it is starting or stopping; try again',
  '25006': 'it is a standby, or read-only; use the address of the primary',
  SELF_SIGNED_CERT_IN_CHAIN: 'this machine does not trust the authority of its certificate; name it with sslrootcert',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'this machine does not trust its certificate; name it with sslrootcert',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'this machine does not trust the authority of its certificate; name it with sslrootcert',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'this machine does not trust the authority of its certificate; name it with sslrootcert',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name; use a host that stands in it',
  CERT_HAS_EXPIRED: 'its certificate has expired; it needs a new one',
}

/** Why a database of PostgreSQL cannot be used, as a sentence without a password. */
export const troubleAt = (name: string, error: unknown): string => {
  const code = codeOf(error)
  const message = messageOf(error)
  const found = words[code] ?? (/does not support SSL/.test(message) ? noTls : undefined)
  if (found === undefined) return `${name} cannot be used: ${message}`
  return `${name} cannot be used: ${found}${code === '' ? '' : ` (${code})`}`
}

const noTls = 'it has no TLS; switch ssl on there, with a certificate'
