import { accessSync, constants, existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { type Finding, messageOf, missing, ok } from '../../findings.ts'
import { inspectDatabase } from '../../store/sqlite/inspect.ts'

const what = 'database'
const restore = 'stop the server and restore the last backup'

/** Whether the file is whole and of this version, or can be made. */
export const databaseFindings = (file: string): readonly Finding[] => {
  if (file === ':memory:') return [missing(what, 'kept in memory only', 'name a file: all is lost at each stop')]
  if (!existsSync(file)) return [beforeFirstStart(file)]
  try {
    const { damage, pending, history } = inspectDatabase(file)
    if (damage.length > 0) return [missing(what, `${file} is damaged: ${damage.join('; ')}`, restore)]
    if (history) return [missing(what, file, history)]
    const later = pending.length > 0 ? `; ${pending.length} migrations come at the next start` : ''
    return [ok(what, `${file} is whole${later}`)]
  } catch (error) {
    const isDamaged = /malformed|corrupt/.test(messageOf(error))
    const remedy = isDamaged ? restore : 'run as the user of the server, and check the path in the configuration'
    return [missing(what, messageOf(error), remedy)]
  }
}

const beforeFirstStart = (file: string): Finding => {
  const nearest = (folder: string): string => (existsSync(folder) ? folder : nearest(dirname(folder)))
  const folder = nearest(dirname(file))
  try {
    accessSync(folder, constants.W_OK)
    return ok(what, `${file} will be made at the first start`)
  } catch {
    return missing(what, `${folder} cannot be written to`, 'let the user of the server write there')
  }
}
