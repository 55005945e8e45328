import { CliError, exitCodes } from '../trouble.ts'
import { serverAddress } from './server.ts'

/** The run of a CI job, which needs no sign-in: its CI system gave it a token. */
export type PipelineRun = {
  readonly server: string
  /** The token, read anew: a job may get another one while it runs. */
  token(): string
}

type Environment = Readonly<Record<string, string | undefined>>

/** The run that the environment describes; a token is never taken from the command line, where others could see it. */
export const pipelineRun = (environment: Environment): PipelineRun | undefined => {
  const { LATCHKEY_TOKEN: given, LATCHKEY_TOKEN_FILE: file, LATCHKEY_SERVER: address } = environment
  if (!given && !file) return undefined
  if (!address) throw new CliError('set LATCHKEY_SERVER to the address of your Latchkey', exitCodes.usage)
  const server = serverAddress(address)
  return { server, token: () => (given ? checked(given, 'LATCHKEY_TOKEN') : checked(contentOf(file ?? ''), `${file}`)) }
}

const contentOf = (file: string): string => {
  try {
    return process.getBuiltinModule('node:fs').readFileSync(file, 'utf8')
  } catch {
    throw new CliError(`LATCHKEY_TOKEN_FILE names ${file}, which cannot be read`, exitCodes.usage)
  }
}

const checked = (text: string, place: string): string => {
  const token = text.trim()
  if (/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) return token
  throw new CliError(`${place} holds no token of a CI system (a JWT)`, exitCodes.usage)
}

/** What to do about a token that Latchkey does not accept. */
export const newTokenAdvice: readonly string[] = [
  'Let the CI system give the job a token with the audience that “pipelines” of Latchkey names.',
]
