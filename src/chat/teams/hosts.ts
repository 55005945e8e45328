/** A Microsoft cloud: where its Teams listens, who signs there, and whom Latchkey asks for tokens. */
export type Cloud = {
  /** The hosts of its connector. */
  readonly hosts: readonly string[]
  /** The Entra address, without a slash at the end. */
  readonly login: string
  /** Where the keys are described that sign its deliveries. */
  readonly metadata: string
  /** The issuer of the tokens of its deliveries. */
  readonly issuer: string
  /** The scope of the tokens that its connector takes. */
  readonly scope: string
}

/** The public cloud, which also serves GCC, and the government's cloud, which serves GCC High and DoD. */
const clouds: readonly [Cloud, ...Cloud[]] = [
  {
    hosts: ['smba.trafficmanager.net', 'smba.infra.gcc.teams.microsoft.com'],
    login: 'https://login.microsoftonline.com',
    metadata: 'https://login.botframework.com/v1/.well-known/openidconfiguration',
    issuer: 'https://api.botframework.com',
    scope: 'https://api.botframework.com/.default',
  },
  {
    hosts: ['smba.infra.gov.teams.microsoft.us', 'smba.infra.dod.teams.microsoft.us'],
    login: 'https://login.microsoftonline.us',
    metadata: 'https://login.botframework.azure.us/v1/.well-known/openidconfiguration',
    issuer: 'https://api.botframework.us',
    scope: 'https://api.botframework.us/.default',
  },
]
const [publicCloud] = clouds

/** The service URL with which Latchkey writes before anybody wrote to it. */
export const publicServiceUrl = 'https://smba.trafficmanager.net/teams/'

/** The cloud of a service URL; the public one for an address that is none of Microsoft's. */
export const cloudOf = (serviceUrl: string): Cloud => cloudAt(serviceUrl) ?? publicCloud

const cloudAt = (address: string): Cloud | undefined => {
  if (!URL.canParse(address)) return undefined
  const { protocol, hostname, port, username, password } = new URL(address)
  if (protocol !== 'https:' || port !== '' || username !== '' || password !== '') return undefined
  return clouds.find(({ hosts }) => hosts.includes(hostname))
}

/** Whether an address is of Microsoft's connector, in any of its clouds. */
export const isMicrosofts = (address: string): boolean => cloudAt(address) !== undefined

/**
 * Whether Latchkey may send its token to a service URL. Each delivery brings such an address, and nobody but Microsoft may
 * get the token. A simulated Teams replaces the real one: then only its own origin is allowed.
 */
export const isServiceUrl = (address: string, simulatorUrl?: string): boolean => {
  if (simulatorUrl === undefined) return isMicrosofts(address)
  if (!URL.canParse(address)) return false
  const { origin, username, password } = new URL(address)
  return origin === new URL(simulatorUrl).origin && username === '' && password === ''
}

/** A service URL with exactly one slash at the end: deliveries have it with and without one. */
export const withSlash = (address: string): string => `${address.replace(/\/+$/, '')}/`
