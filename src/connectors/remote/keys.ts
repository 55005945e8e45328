import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import { constants } from 'node:fs'
import { mkdir, open, readFile, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Secret, secret } from '../../domain/secret.ts'

/** An own Ed25519 key: it signs, and its public half is known to the other end. */
export type OwnKey = {
  /** Base64url, 43 characters. */
  readonly publicKey: string
  sign(text: string): string
}

/** The file of the server's key, beside its database. */
export const serverKeyFile = 'connector-key.pem'

/** A new key, and its text for a file. */
export const drawKey = (): { readonly key: OwnKey; readonly pem: Secret } => {
  const { privateKey } = generateKeyPairSync('ed25519')
  return { key: ownKey(privateKey), pem: secret(String(privateKey.export({ type: 'pkcs8', format: 'pem' }))) }
}

/**
 * The key in a file, which is made at the first use and readable by its owner only. Throws, with the remedy, when others
 * can read the file.
 */
export const keyIn = async (file: string): Promise<OwnKey> => {
  const found = await stat(file).catch(() => undefined)
  if (!found) return createIn(file)
  if ((found.mode & 0o077) !== 0) throw new Error(`${file} can be read by others; run: chmod 600 ${file}`)
  try {
    const key = createPrivateKey(await readFile(file))
    if (key.asymmetricKeyType === 'ed25519') return ownKey(key)
  } catch {
    // The sentence below is all that may be said of a damaged key.
  }
  throw new Error(`${file} is not a private key (Ed25519, PEM); restore it from your backup`)
}

const createIn = async (file: string): Promise<OwnKey> => {
  const { key, pem } = drawKey()
  const folder = dirname(file)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const made = await open(file, 'wx', 0o600)
  try {
    await made.writeFile(pem.reveal())
    await made.sync()
  } finally {
    await made.close()
  }
  const within = await open(folder, constants.O_RDONLY)
  await within.sync().finally(() => within.close())
  return key
}

const ownKey = (privateKey: KeyObject): OwnKey => {
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' })
  return { publicKey: x, sign: (text) => sign(null, Buffer.from(text), privateKey).toString('base64url') }
}

/** Whether the holder of a public key signed exactly this text. */
export const isSignedBy = (publicKey: string, text: string, signature: string): boolean => {
  try {
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' })
    return verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64url'))
  } catch {
    return false // not a point of the curve
  }
}

/** The short form of a public key, for people who compare it. */
export const fingerprint = (publicKey: string): string =>
  createHash('sha256').update(Buffer.from(publicKey, 'base64url')).digest('base64url').slice(0, 22)
