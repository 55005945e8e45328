import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Config } from '../../config/read.ts'
import { readYaml } from '../../config/yaml.ts'
import { credentialSource } from '../../connectors/vault/params.ts'
import { vaultsOf } from '../configured.ts'

/** The vaults whose folder or file of credentials is not there, each with its complaint at key and line. */
export const absentCredentials = (file: string, config: Config): ReadonlyMap<string, string> => {
  const { complaint } = readYaml(readFileSync(file, 'utf8'), file)
  return new Map(
    vaultsOf(config).flatMap(({ name, params }, index): [string, string][] => {
      const source = credentialSource(params)
      const absent = (what: string, path: string, ...key: readonly string[]): [string, string][] => [
        [
          name,
          complaint(['integrations', index, 'vault', 'credentials', ...key], `there is no ${what} ${resolve(path)}`),
        ],
      ]
      if (source.from === 'folder' && !isThere(source.path, 'isDirectory'))
        return absent('folder', source.path, 'folder')
      if (source.from === 'file' && !isThere(source.path, 'isFile')) return absent('file', source.path, 'file')
      if (source.from === 'token' && !isThere(source.tokenFile, 'isFile'))
        return absent('file', source.tokenFile, source.way, 'tokenFile')
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
