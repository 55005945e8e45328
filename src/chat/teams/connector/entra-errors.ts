import { z } from 'zod'
import { ExternalError } from '../../../ports.ts'
import type { TeamsSettings } from '../settings.ts'

type Asked = Pick<TeamsSettings, 'app' | 'tenant' | 'credential'>

/** What Entra's refusal means here, and what to do; by the number of its AADSTS code. */
const meanings: Readonly<Record<number, (asked: Asked) => string>> = {
  7000215: () => 'TEAMS_APP_SECRET is wrong: copy the value of the client secret, not its id',
  7000222: () => 'the client secret has expired: create another in Entra and put it in TEAMS_APP_SECRET',
  7000218: () => 'Entra got no secret: put the client secret in TEAMS_APP_SECRET',
  7000216: () => 'Entra got no secret: put the client secret in TEAMS_APP_SECRET',
  7000112: ({ app }) => `the application ${app} is disabled in Entra: enable it there`,
  700016: ({ app, tenant }) =>
    `there is no application ${app} in the tenant ${tenant}: correct teams.app or teams.tenant`,
  700027: () =>
    'the certificate is unknown or has expired: upload that of TEAMS_APP_CERTIFICATE to the application in Entra',
  700024: () => 'the proof by certificate came too early or too late: keep the clock of this machine right (NTP)',
  90002: ({ tenant }) => `there is no tenant ${tenant}: correct teams.tenant`,
  900023: ({ tenant }) => `${tenant} is no tenant: correct teams.tenant`,
  53003: () => 'a conditional access policy of the tenant refuses it: let the application sign in from this machine',
  500011: ({ tenant }) => `the Bot Framework is unknown in the tenant ${tenant}: check the cloud in teams.serviceUrl`,
}

/** Entra's own trouble: it asks to try again. */
const passing = new Set([90033, 90055, 50196])

const refusal = z.object({
  error: z.string().optional().catch(undefined),
  error_description: z.string().catch(''),
  error_codes: z.array(z.number()).catch([]),
})

/** Classifies an answer of Entra that is no token. What Entra writes is not repeated: it can be long, and names accounts. */
export const entraError = (status: number, body: unknown, asked: Asked): ExternalError => {
  const { error, error_description, error_codes } = refusal.safeParse(body).data ?? refusal.parse({})
  const written = /AADSTS(\d{4,9})/.exec(error_description)?.[1]
  const number = error_codes[0] ?? (written === undefined ? undefined : Number(written))
  if (number === undefined && error === undefined) {
    return new ExternalError('entra-unavailable', `Entra answered ${status} without a token`, { transient: true })
  }
  const code = number === undefined ? `entra-${error}` : `AADSTS${number}`
  const isPassing = status === 429 || status >= 500 || (number !== undefined && passing.has(number))
  const sentence = number === undefined ? undefined : meanings[number]?.(asked)
  const message = sentence ? `${sentence} (${code})` : `Entra gives out no token: ${code} (${error ?? status})`
  return new ExternalError(code, message, { transient: isPassing })
}
