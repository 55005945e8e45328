import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { operatorFindings } from '../../../src/cli/doctor/operators.ts'
import { sharedFolder } from '../../../src/control/shared-folder.ts'

test('doctor says who holds which role, and warns of roles and entries that nobody is behind', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-operators-'))
  const people = join(folder, 'people.yaml')
  writeFileSync(
    people,
    'people: { ada: { name: Ada, slack: [T0123456/U0000001] } }\ngroups: { sre: [ada], empty: [] }\n',
  )
  const found = await operatorFindings({
    ...{ people, pipelines: [], auditors: ['person:ada'] },
    operators: [
      { role: 'operate', people: ['group:sre', 'person:left'], unixUsers: ['4242'] },
      { role: 'read', people: ['group:empty'], unixUsers: ['no-such-user-here'] },
    ],
  })
  expect(found.map(({ what, state, found: text }) => [what, state, text])).toEqual([
    ['operators, read', 'missing', 'held by nobody: nobody is behind group:empty, unix user no-such-user-here'],
    ['operators, operate', 'optional', 'ada, unix user 4242; nobody is behind person:left'],
    ['operators, audit', 'ok', 'ada'],
    ['operatorsFolder', 'missing', 'the control socket is out of reach for 4242'],
  ])
  expect(await operatorFindings({ people, pipelines: [], auditors: [] })).toEqual([])
  const folderOf = async (operatorsFolder: string) =>
    (await operatorFindings({ people, pipelines: [], auditors: [], operators: [], operatorsFolder })).at(-1)
  expect(await folderOf(join(folder, 'none'))).toMatchObject({ what: 'operatorsFolder', state: 'optional' })
  expect(await folderOf(folder)).toMatchObject({ what: 'operatorsFolder', state: 'ok' })
  await expect(sharedFolder(join(people, 'below'))).rejects.toThrow(
    /cannot be made here .* install -d .* RuntimeDirectory=/,
  )
  rmSync(folder, { recursive: true })
})
