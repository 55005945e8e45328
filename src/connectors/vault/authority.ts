import { readCertificates } from '../../certificates.ts'

/** The vault's own authority in a printed text. A certificate is public; a text has nothing else of its file. */
export type Authority = {
  /** One or more certificates (PEM). */
  readonly pem: string
  /** Whether the printed address is another one than Latchkey's, so that it may show another certificate. */
  readonly isElsewhere: boolean
}

/** The certificates in a text, without anything beside them, such as a private key. */
const certificatesIn = (text: string): string | undefined =>
  text
    .replaceAll('\r', '')
    .match(/-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]+-----END CERTIFICATE-----/g)
    ?.join('\n')

/** Reads the certificates of `caFile`, which may be replaced at any time; while it cannot be read, the last ones count. */
export const authorityIn = (caFile: string | undefined): (() => string | undefined) => {
  let last: string | undefined
  return () => {
    if (caFile === undefined) return undefined
    try {
      last = certificatesIn(readCertificates(caFile)) ?? last
    } catch {
      return last // the next call to the vault tells it
    }
    return last
  }
}

/** The file that a text names where only a file can hold certificates. */
export const authorityFile = 'latchkey-ca.pem'

const mark = 'ca '

/** The certificates as comments. */
export const asComments = ({ pem }: Authority): readonly string[] => pem.split('\n').map((line) => `${mark}${line}`)

/** The command that prints them from the file in which the text was saved. */
export const fromComments = (file: string): string => `sed -n 's/^# ${mark}//p' ${file}`

/** What to do where the printed address has a certificate that everybody trusts. */
export const unlessPublic = ({ isElsewhere }: Authority, address: string, leftOut: string): readonly string[] =>
  isElsewhere ? [`If a public authority signed the certificate of ${address}, remove ${leftOut}.`] : []
