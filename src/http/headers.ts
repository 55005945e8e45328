import { createHash } from 'node:crypto'
import { enhancements } from './pages/script.ts'
import { styles } from './pages/styles.ts'
import { peopleStyles } from './people/pages/styles.ts'

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

// Hashes instead of nonces keep the constant answer identical byte for byte.
const contentSecurityPolicy = [
  "default-src 'none'",
  `style-src ${hashOf(styles)} ${hashOf(peopleStyles)}`,
  `script-src ${hashOf(enhancements)}`,
  'img-src data:',
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ')

const switchedOff = ['camera', 'display-capture', 'geolocation', 'microphone', 'payment', 'usb']

/** The headers of every answer of our own pages. */
export const securityHeaders: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': contentSecurityPolicy,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': [...switchedOff.map((feature) => `${feature}=()`), 'clipboard-write=(self)'].join(', '),
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'x-robots-tag': 'noindex, nofollow, noarchive',
}
