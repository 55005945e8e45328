import { readFileSync } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import { blindTrust } from '../../certificates.ts'
import { type OutboundProxy, proxyOf } from '../../config/proxy.ts'
import { readYaml } from '../../config/yaml.ts'
import { type ConnectorSettings, connectorSettings } from '../../connectors/remote/settings.ts'
import { messageOf } from '../../domain/message-of.ts'
import { type Outbound, openOutbound } from '../../outbound.ts'
import type { Io } from '../io.ts'
import { CliError } from '../trouble.ts'

export type FileOption = { readonly config: string }

/** The connector's own file. Throws a `CliError` with every problem, each with its line. */
export const connectorFile = ({ config: file }: FileOption, server?: string): ConnectorSettings => {
  const { content, complaint } = sourceOf(file)
  const given = typeof content === 'object' && content !== null ? content : {}
  const parsed = connectorSettings.safeParse({ ...given, ...(server !== undefined && { server }) })
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => complaint(path, message))
    throw new CliError(`The connector cannot start with this file:\n  ${problems.join('\n  ')}`)
  }
  const absolute = (path: string) => (isAbsolute(path) ? path : join(dirname(file), path))
  const { folder, key, caFile, ...rest } = parsed.data
  return {
    ...{ ...rest, folder: absolute(folder) },
    ...(key !== undefined && { key: absolute(key) }),
    ...(caFile !== undefined && { caFile: absolute(caFile) }),
  }
}

const sourceOf = (file: string) => {
  try {
    return readYaml(readFileSync(file, 'utf8'), file)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw new CliError(messageOf(error))
    throw new CliError(`${file} cannot be read; name the connector's file with --config ("latchkey connector --help")`)
  }
}

/** The way to the server: through the environment's proxy, where there is one. */
export const wayOut = (
  { caFile }: Pick<ConnectorSettings, 'caFile'>,
  { environment }: Pick<Io, 'environment'>,
): Outbound => {
  const problems: string[] = []
  const blind = blindTrust(environment)
  if (blind !== undefined) problems.push(`environment: ${blind}`)
  const proxy: OutboundProxy | undefined = proxyOf(environment, (problem) => problems.push(problem))
  if (problems.length > 0) throw new CliError(problems.join('\n'))
  return openOutbound({ ...(proxy && { proxy }), caFile })
}
