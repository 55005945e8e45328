import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import type { Secret } from '../../domain/secret.ts'

/** A certificate whose private key signs for the application. */
export type SigningCertificate = {
  readonly key: KeyObject
  /** SHA-256 of the certificate (DER), base64url: how Entra finds it among those of the application. */
  readonly thumbprint: string
  readonly validTo: Date
}

const certificateBlock = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/
const keyBlock = /-----BEGIN (?:RSA )?PRIVATE KEY-----[\s\S]+?-----END (?:RSA )?PRIVATE KEY-----/

/** Reads the first certificate and the private key of a PEM text. Throws what is wrong with it, without repeating it. */
export const readSigningCertificate = (pem: Secret): SigningCertificate => {
  const text = pem.reveal()
  const fault = certificateFault(text)
  if (fault !== undefined) throw new Error(`TEAMS_APP_CERTIFICATE: ${fault}`)
  const { certificate, key } = partsOf(text)
  return {
    key,
    thumbprint: Buffer.from(certificate.fingerprint256.replaceAll(':', ''), 'hex').toString('base64url'),
    validTo: certificate.validToDate,
  }
}

const partsOf = (text: string) => ({
  certificate: new X509Certificate(certificateBlock.exec(text)?.[0] ?? ''),
  key: createPrivateKey(keyBlock.exec(text)?.[0] ?? ''),
})

/** Why a PEM text cannot prove the application to Entra; `undefined` when it can. */
export const certificateFault = (text: string): string | undefined => {
  if (!certificateBlock.test(text)) return 'there is no certificate in it (BEGIN CERTIFICATE)'
  if (/BEGIN ENCRYPTED PRIVATE KEY|Proc-Type: 4,ENCRYPTED/.test(text)) return 'its private key is encrypted'
  if (!keyBlock.test(text)) return 'there is no private key in it (BEGIN PRIVATE KEY)'
  try {
    const { certificate, key } = partsOf(text)
    if (key.asymmetricKeyType !== 'rsa') return 'its key is no RSA key, and Entra takes no other'
    return certificate.checkPrivateKey(key) ? undefined : 'the private key belongs to another certificate'
  } catch {
    return 'the certificate or its private key is damaged'
  }
}
