import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { bits, der, identifier, isTrue, octets, partsOf, sequence, setOf, text, time } from './der.ts'

/** A certificate and its key, both in PEM. */
export type Certified = { readonly certificate: string; readonly key: string }
/** A server's certificate with the authority that signed it. */
export type ServerCertificate = Certified & { readonly authority: string }

const day = 86_400_000
const years = 3653 * day

/**
 * A certificate for these names. Without a given authority, one is made for this certificate alone and its key is
 * forgotten, so nobody can ever sign another one with it.
 */
export const certificateFor = (
  names: readonly [string, ...string[]],
  given?: Certified,
  now: Date = new Date(),
): ServerCertificate => {
  const authority = given ? signerFrom(given) : newAuthority(names[0], now)
  const { publicKey, privateKey } = newKeys()
  const until = new Date(Math.min(now.getTime() + years, authority.until.getTime()))
  const certificate = signed({ names, publicKey, authority, from: new Date(now.getTime() - day), until })
  return { certificate, key: pemOf(privateKey), authority: authority.certificate }
}

type Signer = {
  readonly certificate: string
  readonly key: KeyObject
  /** Its name, as encoded in its certificate: the issuer in what it signs must be the same bytes. */
  readonly name: Buffer
  readonly until: Date
}

const signerFrom = ({ certificate, key }: Certified): Signer => {
  const read = new X509Certificate(certificate)
  const signer = createPrivateKey(key)
  if (!read.ca) throw new Error('this certificate may not sign others (it is no CA)')
  if (!read.checkPrivateKey(signer)) throw new Error('the key of this authority belongs to another certificate')
  const [content = Buffer.alloc(0)] = partsOf(read.raw)
  const [, , , , , name = Buffer.alloc(0)] = partsOf(content) // version, serial, algorithm, issuer, validity, subject
  return { certificate, key: signer, name, until: new Date(read.validTo) }
}

const newAuthority = (server: string, now: Date): Signer => {
  const { publicKey, privateKey } = newKeys()
  const name = nameOf(`CA of ${server}`)
  const until = new Date(now.getTime() + years)
  const self = { certificate: '', key: privateKey, name, until }
  const certificate = signed({ publicKey, authority: self, from: new Date(now.getTime() - day), until })
  return { ...self, certificate }
}

const newKeys = () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' })

const pemOf = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString()

const nameOf = (common: string): Buffer => sequence(setOf(sequence(identifier('2.5.4.3'), text(common.slice(0, 64)))))

/** With names a server's certificate; without, an authority's own. */
const signed = (wanted: {
  readonly names?: readonly [string, ...string[]]
  readonly publicKey: KeyObject
  readonly authority: Signer
  readonly from: Date
  readonly until: Date
}): string => {
  const { names, publicKey, authority, from, until } = wanted
  const algorithm = algorithmOf(authority.key)
  const serial = randomBytes(16)
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40 // positive, and never with a leading zero
  const content = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))), // version 3
    der(0x02, serial),
    algorithm,
    authority.name,
    sequence(time(from), time(until)),
    names ? nameOf(names[0]) : authority.name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...(names ? serverExtensions(names) : authorityExtensions()))),
  )
  const body = sequence(content, algorithm, bits(sign('sha256', content, authority.key)))
  const lines = body.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}

const algorithmOf = (key: KeyObject): Buffer => {
  if (key.asymmetricKeyType === 'ec') return sequence(identifier('1.2.840.10045.4.3.2')) // ecdsa-with-SHA256
  if (key.asymmetricKeyType === 'rsa') return sequence(identifier('1.2.840.113549.1.1.11'), der(0x05)) // RSA, SHA256
  throw new Error(`the key of this authority is ${key.asymmetricKeyType}: give an EC or RSA key`)
}

const extension = (id: string, isCritical: boolean, content: Buffer): Buffer =>
  sequence(identifier(id), ...(isCritical ? [isTrue()] : []), octets(content))

const authorityExtensions = () => [
  extension('2.5.29.19', true, sequence(isTrue(), der(0x02, Buffer.from([0])))), // signs servers, no authorities
  extension('2.5.29.15', true, der(0x03, Buffer.from([1, 0x06]))), // signs certificates and lists
]

const serverExtensions = (names: readonly string[]) => [
  extension('2.5.29.19', true, sequence()),
  extension('2.5.29.15', true, der(0x03, Buffer.from([7, 0x80]))), // digital signature
  extension('2.5.29.37', false, sequence(identifier('1.3.6.1.5.5.7.3.1'))), // a server's
  extension('2.5.29.17', false, sequence(...names.map(alternative))),
]

const alternative = (name: string): Buffer => {
  if (isIP(name) === 4) return der(0x87, Buffer.from(name.split('.').map(Number)))
  if (isIP(name) === 6) throw new Error(`${name}: a certificate here names hosts and IPv4 addresses only`)
  return der(0x82, Buffer.from(name))
}
