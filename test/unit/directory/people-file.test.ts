import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { chatKinds } from '../../../src/chat/index.ts'
import { openPeopleFile } from '../../../src/directory/people-file.ts'
import { personId } from '../../../src/domain/ids.ts'
import { issuerIdentity } from '../../../src/domain/sign-in.ts'

const valid = `people:
  developer:
    name: Developer on call
    slack: [T1/U1, T2/U9]
  owner:
    name: Database owner
    slack: [T1/U2]
groups:
  databases: [owner]
`
let folder = ''
let file = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'people-'))
})
afterAll(() => rm(folder, { recursive: true }))
beforeEach(async () => {
  file = join(folder, 'people.yaml')
  await writeFile(file, valid)
})

describe('the people file', () => {
  test('knows people by platform, tenant and subject, never by less', async () => {
    const directory = await openPeopleFile(file, chatKinds)
    expect(directory.person({ platform: 'slack', tenant: 'T2', subject: 'U9' })?.id).toBe('developer')
    expect(directory.person({ platform: 'slack', tenant: 'T2', subject: 'U1' })).toBeUndefined()
    expect(directory.person({ platform: 'teams', tenant: 'T1', subject: 'U1' })).toBeUndefined()
    expect(directory.find(personId('owner'))?.identities).toHaveLength(1)
  })

  test('says what to write where it has nobody', async () => {
    for (const text of ['', '# nobody yet\n', 'people:\n']) {
      await writeFile(file, text)
      await expect(openPeopleFile(file, chatKinds)).rejects.toThrow(
        /write who is who below "people:"; latchkey people import/,
      )
    }
  })

  test('knows people by what an issuer calls them, by all of it', async () => {
    const claims = '[{ issuer: https://id.example.com/, claim: sub, value: abc }]'
    const entra = '[{ issuer: https://login.example.com/t/v2.0, tid: t, oid: o }]'
    await writeFile(
      file,
      valid
        .replace('slack: [T1/U1, T2/U9]', `slack: [T1/U1]\n    oidc: ${claims}`)
        .replace('slack: [T1/U2]', `oidc: ${entra}`),
    )
    const directory = await openPeopleFile(file, chatKinds)
    const who = (issuer: string, names: Record<string, string>) => directory.person(issuerIdentity(issuer, names))?.id
    expect(who('https://id.example.com', { sub: 'abc' })).toBe('developer')
    expect(who('https://other.example.com', { sub: 'abc' })).toBeUndefined()
    expect(who('https://id.example.com', { name: 'abc' })).toBeUndefined()
    expect(who('https://login.example.com/t/v2.0', { tid: 't', oid: 'o' })).toBe('owner')
    expect(who('https://login.example.com/t/v2.0', { oid: 'o' })).toBeUndefined()
  })

  test('resolves parties; what does not exist is empty', async () => {
    const directory = await openPeopleFile(file, chatKinds)
    expect(directory.members('group:databases')).toEqual(['owner'])
    expect(directory.members('person:developer')).toEqual(['developer'])
    expect(directory.members('group:nobody')).toEqual([])
    expect(directory.members('person:nobody')).toEqual([])
    expect(directory.partiesOf(personId('owner'))).toEqual(['person:owner', 'group:databases'])
    expect(directory.partiesOf(personId('nobody'))).toEqual([])
  })

  test('takes names that every object has for what they are, and refuses the one that nobody could read', async () => {
    await writeFile(file, `${valid}  constructor: [developer]\n`)
    const directory = await openPeopleFile(file, chatKinds)
    expect(directory.members('group:constructor')).toEqual(['developer'])
    expect(directory.members('group:valueof')).toEqual([])
    await writeFile(file, `${valid}  __proto__: [developer]\n`)
    await expect(openPeopleFile(file, chatKinds)).rejects.toThrow(
      `people.yaml:10: "__proto__" cannot be the name of anything`,
    )
  })

  test('takes a valid change, whole', async () => {
    const directory = await openPeopleFile(file, chatKinds)
    expect(await directory.reload()).toEqual({ kind: 'same' })
    await writeFile(file, valid.replace('[owner]', '[owner, developer]'))
    expect(await directory.reload()).toMatchObject({ kind: 'loaded' })
    expect(directory.members('group:databases')).toEqual(['owner', 'developer'])
  })

  test.each([
    [
      'a group that names a stranger',
      valid.replace('[owner]', '[owner, ghost]'),
      /people\.yaml:9: groups\.databases\[1\]: "ghost" is not under people/,
    ],
    [
      'one identity for two people',
      valid.replace('[T1/U2]', '[T1/U1]'),
      /people\.yaml:7: .*slack\/T1\/U1 already belongs to developer/,
    ],
    ['a misspelt key', valid.replace('name: Database', 'nmae: Database'), /people\.yaml:6: people\.owner/],
    ['no YAML at all', 'people: [', /people\.yaml/],
    [
      'one account for two people',
      valid.replaceAll('slack: [', 'oidc: [{ issuer: https://id.example.com, claim: sub, value: a }]\n    slack: ['),
      /people\.yaml:8: people\.owner\.oidc\[0\]: .* already belongs to developer/,
    ],
    [
      'an account by a claim that its person can change',
      valid.replace('slack: [T1/U2]', 'oidc: [{ issuer: https://id.example.com, claim: email, value: a@b.example }]'),
      /people\.yaml:7: people\.owner\.oidc\[0\]\.claim: "email" does not identify one person permanently/,
    ],
    [
      'half of an account',
      valid.replace('slack: [T1/U2]', 'oidc: [{ issuer: https://id.example.com, oid: a }]'),
      /people\.owner\.oidc\[0\]: write \{ issuer, claim, value \}, or \{ issuer, tid, oid \}/,
    ],
    ['an e-mail address as identity', valid.replace('T1/U2', 'a@b.example'), /workspace or Grid id and the user id/],
  ])('keeps the last valid one when the new one has %s, and says where', async (_, text, complaint) => {
    const directory = await openPeopleFile(file, chatKinds)
    await writeFile(file, text)
    const outcome = await directory.reload()
    expect(outcome).toMatchObject({ kind: 'rejected', problem: expect.stringMatching(complaint) })
    expect(directory.members('group:databases')).toEqual(['owner'])
    expect(await directory.reload()).toEqual({ kind: 'same' })
  })

  test('keeps the last valid one when the file is gone for a moment', async () => {
    const directory = await openPeopleFile(file, chatKinds)
    await rm(file)
    expect(await directory.reload()).toMatchObject({ kind: 'rejected' })
    expect(directory.members('group:databases')).toEqual(['owner'])
  })

  test('refuses to start on an invalid file', async () => {
    await writeFile(file, 'people: {Bad Key: {name: x}}')
    await expect(openPeopleFile(file, chatKinds)).rejects.toThrow(/lower case letters/)
  })
})
