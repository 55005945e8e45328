import { existsSync } from 'node:fs'
import { z } from 'zod'
import { must } from './programs.ts'

/** What a step that installs packages needs of this machine to reach its registry. Nothing of it stays in the image. */
export type Network = {
  readonly environment: Readonly<Record<string, string>>
  /** Files of this machine, and where they are laid inside for as long as the step runs. */
  readonly files: readonly { readonly source: string; readonly target: string }[]
}

const NpmSettings = z.object({
  registry: z.string(),
  proxy: z.string().nullish(),
  'https-proxy': z.string().nullish(),
  noproxy: z.array(z.string()).or(z.string()).nullish(),
  'strict-ssl': z.boolean(),
  cafile: z.string().nullish(),
})
const proxies = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy']

/** Asks this machine's npm how it reaches the registry. Credentials are not taken over: our packages are public. */
export const networkOfThisMachine = async (): Promise<Network> => {
  const settings = NpmSettings.parse(JSON.parse(await must('npm', ['config', 'list', '--long', '--json'])))
  const { cafile, noproxy, proxy, registry } = settings
  const own = process.env.NODE_EXTRA_CA_CERTS
  const certificates = [
    { name: 'npm_config_cafile', source: cafile ?? '', target: '/dev/npm-certificates.pem' },
    { name: 'NODE_EXTRA_CA_CERTS', source: own ?? '', target: '/dev/node-certificates.pem' },
  ].filter(({ source }) => existsSync(source))
  const given: Readonly<Record<string, string | undefined>> = {
    npm_config_registry: registry,
    npm_config_strict_ssl: String(settings['strict-ssl']),
    npm_config_proxy: proxy ?? undefined,
    npm_config_https_proxy: settings['https-proxy'] ?? undefined,
    npm_config_noproxy: [noproxy ?? []].flat().join(',') || undefined,
    ...Object.fromEntries(proxies.map((name) => [name, process.env[name]])),
    ...Object.fromEntries(certificates.map(({ name, target }) => [name, target])),
  }
  return {
    environment: Object.fromEntries(Object.entries(given).flatMap(([name, value]) => (value ? [[name, value]] : []))),
    files: certificates.map(({ source, target }) => ({ source, target })),
  }
}
