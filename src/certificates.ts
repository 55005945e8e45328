import { readFileSync } from 'node:fs'
import * as tls from 'node:tls'

/**
 * The authorities to trust instead of the system's, PEM. Throws, with the remedy, when there are none: Node takes an empty
 * text for "those that it knows itself", so a file that was cut short would widen trust.
 */
export const readCertificates = (file: string): string => {
  const text = textOf(file)
  if (!text.includes('-----BEGIN ')) {
    throw new Error(`${file} has no certificates in it: put the authority's certificate there (PEM)`)
  }
  return text
}

const textOf = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new Error(`the certificates in ${file} cannot be read: check caFile and the rights of the file`, {
      cause: error,
    })
  }
}

/**
 * Why certificates would not be checked in this process, with the remedy; `undefined` if they are. Node obeys the variable
 * wherever nobody says otherwise, also in libraries.
 */
export const blindTrust = (environment: Readonly<Record<string, string | undefined>>): string | undefined =>
  environment.NODE_TLS_REJECT_UNAUTHORIZED === '0'
    ? 'NODE_TLS_REJECT_UNAUTHORIZED=0 switches off the check of every certificate: unset it, and name the file of the ' +
      'authority instead (caFile, or --ca-file)'
    : undefined

/** Trusts more authorities than the system's, in this whole process, where a peer has none of its own. Throws what is wrong. */
export const trustAlso = (pem: string, file: string): void => {
  const more = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? []
  try {
    if (!('setDefaultCACertificates' in tls)) throw new Error('that takes Node 24.5 or later')
    if (more.length === 0) throw new Error('it has no certificate in it')
    tls.setDefaultCACertificates([...new Set([...tls.getCACertificates('default'), ...more])])
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`the certificates in ${file} cannot be used: ${reason}`, { cause: error })
  }
}
