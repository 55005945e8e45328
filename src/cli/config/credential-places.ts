import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Config } from '../../config/read.ts'
import { readYaml } from '../../config/yaml.ts'
import { vaultsOf } from '../configured.ts'

/** The vaults whose folder or file of credentials is not there, each with its complaint at key and line. */
export const absentCredentials = (file: string, config: Config): ReadonlyMap<string, string> => {
  const { complaint } = readYaml(readFileSync(file, 'utf8'), file)
  return new Map(
    vaultsOf(config).flatMap(({ name, params: { credentials } }, index): [string, string][] => {
      const at = (key: string) => ['integrations', index, 'vault', 'credentials', key]
      if ('folder' in credentials && !isThere(credentials.folder, 'isDirectory'))
        return [[name, complaint(at('folder'), `there is no folder ${resolve(credentials.folder)}`)]]
      if ('file' in credentials && !isThere(credentials.file, 'isFile'))
        return [[name, complaint(at('file'), `there is no file ${resolve(credentials.file)}`)]]
      return []
    }),
  )
}

/** A place that exists but may not be looked at counts as there. */
const isThere = (path: string, kind: 'isDirectory' | 'isFile'): boolean => {
  try {
    return statSync(path)[kind]()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    return code !== 'ENOENT' && code !== 'ENOTDIR'
  }
}
