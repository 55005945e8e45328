import { createHmac } from 'node:crypto'

/** The value of `x-slack-signature`: HMAC-SHA256 over version, time and body. */
export function signatureOf(secret: string, timestampSeconds: number, body: string): string {
  return `v0=${createHmac('sha256', secret).update(`v0:${timestampSeconds}:${body}`).digest('hex')}`
}
