import { readFileSync } from 'node:fs'
import * as tls from 'node:tls'

/**
 * Reads CA certificates (PEM) that replace the system's; `from` is what names the file. Throws, with the remedy, when it
 * contains none. Node takes an empty text for its own list, so a truncated file would widen trust.
 */
export const readCertificates = (file: string, from = 'caFile'): string => {
  const text = textOf(file, from)
  if (!text.includes('-----BEGIN ')) {
    throw new Error(`${file} has no certificates in it: put the authority's certificate there (PEM)`)
  }
  return text
}

const textOf = (file: string, from: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const isAbsent = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    const why = isAbsent ? `there is no such file; correct ${from}` : `check ${from} and the rights of the file`
    throw new Error(`the certificates in ${file} cannot be read: ${why}`, { cause: error })
  }
}

/**
 * Why this process would not check certificates, with the remedy; `undefined` if it does. Node and libraries obey this
 * variable wherever the code sets nothing else.
 */
export const blindTrust = (environment: Readonly<Record<string, string | undefined>>): string | undefined =>
  environment.NODE_TLS_REJECT_UNAUTHORIZED === '0'
    ? 'NODE_TLS_REJECT_UNAUTHORIZED=0 switches off the check of every certificate: unset it, and name the file of the ' +
      'authority instead (caFile, or --ca-file)'
    : undefined

/**
 * Trusts these authorities besides the system's, in this whole process, for peers without their own. Throws what is
 * wrong.
 */
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
