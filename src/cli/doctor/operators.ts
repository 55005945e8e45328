import { stat } from 'node:fs/promises'
import { rulesOf, unixUsersIn } from '../../app/operators.ts'
import { chatKinds } from '../../chat/index.ts'
import type { Config } from '../../config/read.ts'
import { uidsOf } from '../../control/unix-users.ts'
import { openPeopleFile } from '../../directory/people-file.ts'
import { holdersOf, operatorRoles, type RoleHolders } from '../../domain/operator-role.ts'
import { type Finding, missing, ok, optional } from '../../findings.ts'

/** Says who holds which role of an operator, and warns of roles that nobody holds and of entries that name nobody. */
export const operatorFindings = async ({
  people,
  pipelines,
  operators,
  auditors,
  operatorsFolder,
}: Pick<Config, 'people' | 'pipelines' | 'operators' | 'auditors' | 'operatorsFolder'>): Promise<
  readonly Finding[]
> => {
  if (!operators) return []
  const directory = await openPeopleFile(people, chatKinds, pipelines).catch(() => undefined)
  if (!directory) return [] // the finding on the configuration says why
  const uidOf = await uidsOf(unixUsersIn({ operators }))
  const holders = holdersOf(rulesOf({ operators, auditors }), { members: (party) => directory.members(party), uidOf })
  const own = [process.getuid?.(), 0]
  const others = holders.flatMap(({ unixUsers }) => unixUsers).filter((name) => !own.includes(uidOf(name)))
  const absent = operatorRoles.filter((role) => role !== 'freeze' && holders.every((held) => held.role !== role))
  return [
    ...holders.map(roleFinding),
    ...absent.map((role) => optional(`operators, ${role}`, 'nobody is named', 'name people or unixUsers in operators')),
    ...(others.length > 0 && operatorsFolder === undefined
      ? [
          missing(
            'operatorsFolder',
            `the control socket is out of reach for ${[...new Set(others)].join(', ')}`,
            'set operatorsFolder, such as /run/latchkey-operators',
          ),
        ]
      : []),
    ...(operatorsFolder === undefined ? [] : [await folderFinding(operatorsFolder)]),
  ]
}

const folderFinding = async (folder: string): Promise<Finding> => {
  const there = await stat(folder).catch(() => undefined)
  const how = `an administrator makes it: install -d -o latchkey -m 1733 ${folder}; under systemd RuntimeDirectory=`
  if (!there) return optional('operatorsFolder', `${folder} is not there; the server makes it if it may`, how)
  if (!there.isDirectory()) return missing('operatorsFolder', `${folder} is no folder`, how)
  const isUnsafe = (there.mode & 0o022) !== 0 && (there.mode & 0o1000) === 0
  return isUnsafe
    ? missing('operatorsFolder', `others may replace files in ${folder}`, `chmod +t ${folder}`)
    : ok('operatorsFolder', `${folder} is there, of user ${there.uid}`)
}

const roleFinding = ({ role, people, unixUsers, nobody }: RoleHolders): Finding => {
  const what = `operators, ${role}`
  const held = [...people, ...unixUsers.map((name) => `unix user ${name}`)]
  const gone = `nobody is behind ${nobody.join(', ')}`
  const remedy = 'correct the entry in operators, or add them to the people file'
  if (held.length === 0) return missing(what, `held by nobody: ${gone}`, remedy)
  return nobody.length > 0 ? optional(what, `${held.join(', ')}; ${gone}`, remedy) : ok(what, held.join(', '))
}
