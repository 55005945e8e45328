import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { chatKinds } from '../../src/chat/index.ts'
import { ConfigError, readConfig } from '../../src/config/read.ts'
import { connectors } from '../../src/connectors/index.ts'
import { openPeopleFile } from '../../src/directory/people-file.ts'
import { personId } from '../../src/domain/ids.ts'

const folder = mkdtempSync(join(tmpdir(), 'pipelines-'))
const file = join(folder, 'latchkey.yaml')
const people = join(folder, 'people.yaml')
afterAll(() => rmSync(folder, { recursive: true }))

const deploy = {
  ...{ key: 'deploy', issuer: 'https://ci.example', audience: 'latchkey', groups: ['pipelines'] },
  claims: { repository: 'acme/shop', ref: 'refs/heads/main' } as Record<string, unknown>,
}
const read = (pipelines: readonly object[], more: object = {}) => {
  const integration = {
    ...{ name: 'production', requesters: ['group:pipelines'], owner: ['group:platform'] },
    vault: { internalUrl: 'https://vault.example', credentials: { folder: '/run/latchkey' } },
  }
  const resourceOwner = { key: 'owner', allow: ['group:databases'], pinned: [{ path: 'kv/a', owner: 'group:vaults' }] }
  const content = {
    ...{ link: { baseUrl: 'https://latchkey.example' }, integrations: [{ ...integration, resourceOwner }] },
    ...{ pipelines, ...more },
  }
  writeFileSync(file, JSON.stringify(content))
  return readConfig({ file, environment: {}, chats: chatKinds, paramsOf: { vault: connectors.vault.params } })
}
const problemsOf = (...given: Parameters<typeof read>): string => {
  try {
    read(...given)
    return ''
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.join('\n')
    throw error
  }
}

describe('pipelines in the configuration', () => {
  test('are read as they are, and absent ones are none', () => {
    expect(read([deploy]).pipelines).toEqual([deploy])
    expect(read([], { pipelines: undefined }).pipelines).toEqual([])
  })

  test.each([
    [{ issuer: 'http://ci.example' }, 'use https'],
    [{ jwksUrl: 'http://ci.example/keys' }, 'use https'],
    [{ claims: {} }, 'name the project too'],
    [{ claims: { ref: 'refs/heads/main', repository_owner: 'acme' } }, 'name the project too'],
    [{ claims: { repository: 'acme/*' } }, 'write the exact value'],
    [{ claims: { repository: 'acme/shop', ref_protected: true } }, 'claims are texts: write "true"'],
    [{ groups: [] }, 'name a group that may request'],
    [{ groups: ['platform'] }, 'would be an owner at production by group:platform; a pipeline asks and never decides'],
    [{ groups: ['databases'] }, 'would be an owner at production by group:databases'],
    [{ groups: ['vaults'] }, 'would be an owner at production by group:vaults'],
    [{ key: 'Deploy' }, 'use lower case letters'],
  ])('refuse %j', (change, complaint) => {
    expect(problemsOf([{ ...deploy, ...change }])).toContain(complaint)
  })

  test('refuse an auditor, two of one name, and two that one run could be', () => {
    expect(problemsOf([deploy], { auditors: ['group:pipelines'] })).toContain('would be an auditor')
    const wide = { ...deploy, claims: { repository: 'acme/shop' } }
    expect(problemsOf([deploy, { ...wide, key: 'any' }])).toContain('one run could be both "any" and "deploy"')
    const other = { ...deploy, claims: { repository: 'acme/other' } }
    expect(problemsOf([deploy, other])).toContain('"deploy" is used twice')
    expect(problemsOf([deploy, { ...other, key: 'other' }])).toBe('')
  })
})

describe('a pipeline in the directory', () => {
  const written = (text: string) => {
    writeFileSync(people, text)
    return openPeopleFile(people, chatKinds, read([deploy]).pipelines)
  }

  test('is a requester of its groups, without any account', async () => {
    const directory = await written('people: { ada: { name: Ada } }\ngroups: { pipelines: [] }')
    const person = directory.find(personId('pipeline-deploy'))
    expect(person).toEqual({ id: 'pipeline-deploy', name: 'pipeline deploy', identities: [], isPipeline: true })
    expect(directory.members('group:pipelines')).toEqual(['pipeline-deploy'])
    expect(directory.partiesOf(personId('pipeline-deploy'))).toContain('group:pipelines')
  })

  test('needs its groups in the people file, and a key that no person has; a reload changes nothing of that', async () => {
    await expect(written('people: { ada: { name: Ada } }')).rejects.toThrow(/needs the group "pipelines"; add it here/)
    const taken = 'people: { pipeline-deploy: { name: Ada } }\ngroups: { pipelines: [] }'
    await expect(written(taken)).rejects.toThrow(/is the pipeline "deploy" of the configuration/)
    const listed = 'people: { ada: { name: Ada } }\ngroups: { pipelines: [], platform: [pipeline-deploy] }'
    await expect(written(listed)).rejects.toThrow(/"pipeline-deploy" is not under people/)
    const directory = await written('people: { ada: { name: Ada } }\ngroups: { pipelines: [] }')
    writeFileSync(people, taken)
    expect(await directory.reload()).toMatchObject({ kind: 'rejected' })
    expect(directory.find(personId('pipeline-deploy'))?.isPipeline).toBe(true)
  })
})
