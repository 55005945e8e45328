import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { zipSync } from 'fflate'

/** What a package says about one installation of Latchkey; every value was checked. */
export type AppPackage = {
  /** Application (client) id of the bot, which is the id of the app as well. */
  readonly appId: string
  readonly host: string
  readonly name: string
  readonly version: string
}

/** Letters, digits and hyphens between dots; not only digits at the end, as in an address. */
const hostName = /^(?=.{4,253}$)(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)+[a-z](?:[a-z\d-]{0,61}[a-z\d])?$/i

/** Whether a package can name this host: Teams takes no address, port or wildcard. */
export const isPublicHost = (host: string): boolean => hostName.test(host)

const folder = join(import.meta.dirname, '../../../manifests/teams')
const icons = ['color.png', 'outline.png']

/** The shipped manifest with the values of one installation. */
const manifestOf = ({ appId, host, name, version }: AppPackage): string => {
  const values: Readonly<Record<string, string>> = { APP_ID: appId, HOST: host, NAME: name, VERSION: version }
  const shipped = readFileSync(join(folder, 'manifest.json'), 'utf8')
  return shipped.replaceAll(/\{\{([A-Z_]+)\}\}/g, (place, key: string) => values[key] ?? place)
}

/** The package as a zip file; the same values give the same bytes. */
export const packageOf = (app: AppPackage): Uint8Array => {
  const files = {
    'manifest.json': new TextEncoder().encode(manifestOf(app)),
    ...Object.fromEntries(icons.map((icon) => [icon, new Uint8Array(readFileSync(join(folder, icon)))])),
  }
  // The format has local times without a zone, so this is the same everywhere.
  return zipSync(files, { level: 9, mtime: new Date(1980, 0, 1) })
}
