import { randomBytes } from 'node:crypto'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { diff } from 'node:util'
import { integrationText, withIntegration } from '../../config/integration-edit.ts'
import { replaceFile } from '../../connectors/vault/durable-file.ts'
import { printable } from '../../terminal.ts'
import { problemsOfConfig } from '../config/check.ts'
import type { Io } from '../io.ts'
import { configFile } from '../options.ts'
import { CliError } from '../trouble.ts'
import { type AddOptions, type Answers, answersOf } from './answers.ts'
import { type Connection, connectionOf, secretKeys } from './connection.ts'

/** Adds a vault to the configuration, or prints the entry. Nothing is written before everything is checked. */
export const addIntegration = async (options: AddOptions, io: Io): Promise<void> => {
  const file = configFile(options, io)
  const found = options.fromKubernetes === undefined ? {} : await connectionOf(options.fromKubernetes, io)
  const answers = await answersOf(options, found, io)
  const certificate = certificateOf(options, found, answers, file)
  const entry = entryOf(answers, certificate?.path)
  if (answers.secret) await checkSecret(answers.secret, io)
  if (options.print) {
    io.say(integrationText(entry).trimEnd())
    if (certificate?.text !== undefined) io.note(`Its authority belongs into ${certificate.path}:\n${certificate.text}`)
    return
  }
  const before = await readFile(file, 'utf8').catch(() => {
    throw new CliError(`there is no ${file}: make it with latchkey init, or print the entry with --print`)
  })
  const after = withIntegration(before, entry)
  if (certificate?.text !== undefined) await replaceFile(certificate.path, `${certificate.text}\n`)
  await check(file, after, io)
  await replaceFile(file, after)
  for (const line of changedLines(before, after)) io.say(line)
  io.note(`${answers.name} is in ${file}. Check it with: latchkey doctor -c ${file}. A running server needs a restart.`)
}

/** The file of the vault's authority; its text where it has to be written. */
const certificateOf = ({ caFile, print }: AddOptions, { caCert }: Connection, { name }: Answers, file: string) => {
  if (caFile !== undefined) return { path: caFile }
  if (caCert === undefined) return undefined
  return { path: join(print ? '.' : dirname(file), `${name}-ca.pem`), text: caCert }
}

const entryOf = (answers: Answers, caFile: string | undefined): object => {
  const { name, internalUrl, externalUrl, credentials, requesters, owners, resourceOwner, accessDetails, management } =
    answers
  return {
    ...{ name, requesters, owner: owners },
    ...(resourceOwner && { resourceOwner }),
    ...(accessDetails !== undefined && { accessDetails }),
    vault: {
      internalUrl,
      ...(externalUrl !== undefined && { externalUrl }),
      ...(caFile !== undefined && { caFile }),
      credentials,
      ...(management.length > 0 && { management }),
    },
  }
}

/** Looks whether the Secret has both keys, without asking for their values. */
const checkSecret = async ({ namespace, name }: NonNullable<Answers['secret']>, io: Io): Promise<void> => {
  const keys = await secretKeys({ namespace, name }, io)
  if (keys === undefined) return io.note(`The secret ${namespace}/${name} was not checked: there is no kubectl here.`)
  const missing = ['role_id', 'secret_id'].filter((key) => !keys.includes(key) && !keys.includes(key.replace('_', '-')))
  if (missing.length === 0) return
  throw new CliError(
    `the secret ${namespace}/${name} has no ${missing.join(' and no ')}; it has: ${keys.join(', ') || 'nothing'}`,
  )
}

/** Reads the new text as the server would, from a passing file beside the configuration. */
const check = async (file: string, text: string, io: Io): Promise<void> => {
  const passing = join(dirname(file), `.${basename(file)}.${randomBytes(6).toString('hex')}`)
  await writeFile(passing, text, { mode: 0o600, flag: 'wx' })
  try {
    const { problems } = await problemsOfConfig(passing, { withoutSecrets: true }, io)
    if (problems.length === 0) return
    for (const problem of problems) io.say(problem.replaceAll(passing, file))
    throw new CliError('nothing was written, because the configuration would not be in order')
  } finally {
    await rm(passing, { force: true })
  }
}

const changedLines = (before: string, after: string): readonly string[] =>
  diff(before.split('\n'), after.split('\n')).flatMap(([sign, line]) =>
    sign === 0 ? [] : [`${sign === 1 ? '-' : '+'} ${printable(line)}`],
  )
