import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { z } from 'zod'
import { readCertificates } from '../../certificates.ts'
import { chatKinds } from '../../chat/index.ts'
import { nearest } from '../../config/problems.ts'
import { type Config, ConfigError, readConfig } from '../../config/read.ts'
import { readYaml } from '../../config/yaml.ts'
import { vaultParams } from '../../connectors/vault/params.ts'
import { openPeopleFile } from '../../directory/people-file.ts'
import type { Party } from '../../domain/integration.ts'
import { messageOf } from '../../domain/message-of.ts'
import type { Directory } from '../../ports.ts'
import { webhookKeyProblem } from '../../webhook-key.ts'
import { vaultsOf } from '../configured.ts'
import type { Io } from '../io.ts'
import { configFile } from '../options.ts'
import { CliError } from '../trouble.ts'
import { absentCredentials } from './credential-places.ts'

/** The options of `latchkey config check`. */
export type CheckOptions = { readonly config?: string; readonly withoutSecrets?: boolean; readonly json?: boolean }

/** Reports whether the server would start with this configuration, and everything that prevents it. */
export const checkConfig = async (options: CheckOptions, io: Io): Promise<void> => {
  const file = configFile(options, io)
  const { config, problems: others } = await problemsOfConfig(file, options, io)
  const absent = config && !options.withoutSecrets ? [...absentCredentials(file, config).values()] : []
  const problems = [...others, ...absent]
  if (options.json) io.say(JSON.stringify({ file, problems }, undefined, 2))
  else for (const problem of problems) io.say(problem)
  if (problems.length > 0) {
    throw new CliError(problems.length === 1 ? 'there is one problem' : `there are ${problems.length} problems`)
  }
  const names = config?.integrations.map(({ integration }) => integration.id).join(', ')
  if (!options.json) io.say(`${file} is in order (${names}), and so is ${config?.people}.`)
}

/** Every problem of the file, the environment and the people file; the configuration when it is readable. */
export const problemsOfConfig = async (
  file: string,
  { withoutSecrets = false }: { readonly withoutSecrets?: boolean },
  io: Pick<Io, 'environment'>,
): Promise<{ readonly config?: Config; readonly problems: readonly string[] }> => {
  const secrets = withoutSecrets ? 'ignored' : 'needed'
  try {
    const config = readConfig({
      file,
      environment: io.environment,
      chats: chatKinds,
      paramsOf: { vault: vaultParams },
      secrets,
    })
    const absent = withoutSecrets ? [] : [...certificateProblems(file, config), ...keyProblems(file, config)]
    return { config, problems: [...absent, ...(await peopleProblems(file, config))] }
  } catch (error) {
    if (error instanceof ConfigError) return { problems: error.problems }
    throw error
  }
}

/** Files of certificates that the server could not use. */
const certificateProblems = (file: string, config: Config): readonly string[] => {
  const { complaint } = readYaml(readFileSync(file, 'utf8'), file)
  const named = [
    { path: ['caFile'], caFile: config.caFile },
    { path: ['audit', 'syslog', 'caFile'], caFile: config.audit.syslog?.caFile },
    ...vaultsOf(config).map(({ params }, index) => ({
      path: ['integrations', index, 'vault', 'caFile'],
      caFile: params.caFile,
    })),
  ]
  return named.flatMap(({ path, caFile }) => {
    try {
      if (caFile !== undefined) readCertificates(resolve(caFile))
      return []
    } catch (error) {
      return [complaint(path, messageOf(error))]
    }
  })
}

/** Files of keys with which the server could sign nothing. */
const keyProblems = (file: string, config: Config): readonly string[] => {
  const { complaint } = readYaml(readFileSync(file, 'utf8'), file)
  return vaultsOf(config).flatMap(({ params }, index) =>
    params.rotation.flatMap(({ secretFile }, number) => {
      const problem = webhookKeyProblem(secretFile)
      const path = ['integrations', index, 'vault', 'rotation', number, 'secretFile']
      return problem === undefined ? [] : [complaint(path, problem)]
    }),
  )
}

/** Reads the people file as the server would, and reports configured parties without members. */
const peopleProblems = async (file: string, config: Config): Promise<readonly string[]> => {
  try {
    const directory = await openPeopleFile(config.people, chatKinds, config.pipelines)
    return strangers(file, config, directory)
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    if (isMissing) return [`${config.people}: there is no such people file; name it under people in ${file}`]
    return messageOf(error).split('\n')
  }
}

const strangers = (file: string, config: Config, directory: Directory): readonly string[] => {
  const { integrations, people } = config
  const { complaint } = readYaml(readFileSync(file, 'utf8'), file)
  const known = namesIn(people)
  const nobody = (party: Party, path: readonly PropertyKey[]) =>
    directory.members(party).length > 0 ? [] : [complaint(path, nobodyText(party, known, people))]
  const asked = vaultsOf(config).flatMap(({ params }, index) =>
    params.controlGroups.flatMap(({ members }, group) =>
      members.flatMap((party, number) =>
        nobody(party, ['integrations', index, 'vault', 'controlGroups', group, 'members', number]),
      ),
    ),
  )
  const named = integrations.flatMap(({ integration: { requesters, owners, resourceOwner } }, index) => {
    const at = ['integrations', index]
    const each = (parties: readonly Party[], ...key: readonly string[]) =>
      parties.flatMap((party, number) => nobody(party, [...at, ...key, number]))
    return [
      ...each(requesters, 'requesters'),
      ...each(owners, 'owner'),
      ...each(resourceOwner?.allow ?? [], 'resourceOwner', 'allow'),
      ...(resourceOwner?.pinned ?? []).flatMap(({ owner }, number) =>
        nobody(owner, [...at, 'resourceOwner', 'pinned', number, 'owner']),
      ),
    ]
  })
  return [...named, ...asked]
}

type Names = { readonly people: readonly string[]; readonly groups: readonly string[] }

/** The keys of a people file that was read before without a fault. */
const namesIn = (file: string): Names => {
  const { people, groups } = PeopleNames.parse(readYaml(readFileSync(file, 'utf8'), file).content)
  return { people: Object.keys(people), groups: Object.keys(groups) }
}
const PeopleNames = z.object({
  people: z.record(z.string(), z.unknown()),
  groups: z.record(z.string(), z.unknown()).default({}),
})

/** Tells an empty group from one that is not there. */
const nobodyText = (party: Party, { people, groups }: Names, file: string): string => {
  const isGroup = party.startsWith('group:')
  const name = party.slice(party.indexOf(':') + 1)
  const known = isGroup ? groups : people
  if (known.includes(name)) return `${party} is empty; add people to it in ${file}`
  const near = nearest(name, known)
  const remedy = near === undefined ? 'add it there' : `did you mean ${near}?`
  return `${party}: there is no such ${isGroup ? 'group' : 'person'} in ${file}; ${remedy}`
}
