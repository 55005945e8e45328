import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Answer, type ApiWorld, apiWorld } from '../support/api-world.ts'

// Whose chat account is deactivated acts no longer by API than in chat. Grace owns everything in this vault, ada asks.

let world: ApiWorld
beforeEach(async () => {
  world = await apiWorld({ auditors: ['group:platform', 'person:ada'] as never })
  await world.discover('kv/a', 'kv/b', 'kv/c')
})
afterEach(() => world.close())

const wishFor = (path: string) => ({
  ...{ vault: 'vault', items: [{ path, permission: 'read' }], duration: '1h', reason: 'The queue is stuck.' },
})
const file = async (path: string): Promise<string> => (await world.post('ada', '/requests', wishFor(path))).body.id
const granted = async (path: string): Promise<string> =>
  (await world.post('grace', `/requests/${await file(path)}/decision`, { verdict: 'approve' })).body.grant.id
const codeOf = ({ status, body }: Answer) => `${status} ${body.error?.code ?? 'done'}`

/** Every call that the chat is asked about, by whoever may make it. */
const asked = async () => {
  const [pending, other, grant] = [await file('kv/a'), await file('kv/b'), await granted('kv/c')]
  const note = 'No need.'
  return {
    file: () => world.post('ada', '/requests', wishFor('kv/a')),
    extend: () => world.post('ada', `/grants/${grant}/extend`, { duration: '1h', reason: 'The queue is stuck.' }),
    cancel: () => world.post('ada', `/requests/${pending}/cancel`),
    audit: () => world.call('grace', '/audit'),
    events: () => world.call('grace', '/events'),
    decide: () => world.post('grace', `/requests/${other}/decision`, { verdict: 'deny', note }),
    end: () => world.post('grace', `/grants/${grant}/revoke`, { note }),
    unknown: () => world.post('grace', '/grants/unknown/revoke', { note }),
    giveBack: () => world.post('ada', `/grants/${grant}/revoke`),
  }
}
const answers = async ({ giveBack, ...calls }: Awaited<ReturnType<typeof asked>>) => {
  const said: string[] = []
  for (const call of Object.values(calls)) said.push(codeOf(await call()))
  return said
}

test('a deactivated account changes nothing and reads no audit log, but gives its own access back', async () => {
  const calls = await asked()
  world.company.deactivated.push('ada', 'grace')
  expect(new Set(await answers(calls))).toEqual(new Set(['403 not-admitted']))
  const codes = (await world.store.auditRows(0, 99)).flatMap(({ kind, detail }) =>
    kind === 'refused' ? detail.code : [],
  )
  expect(codes).toEqual(Array.from({ length: 8 }, () => 'not-admitted'))
  expect(codeOf(await calls.giveBack())).toBe('200 done')
})

test('a silent chat stops nobody who signed in at the issuer', async () => {
  const calls = await asked()
  world.company.isSilent = true
  const said = await answers(calls)
  expect(said.filter((one) => one.includes('try-again') || one.includes('not-admitted'))).toEqual([])
  expect(said.at(-2)).toBe('200 done')
})

test('whoever signed in by chat alone waits until the chat answers again, but gives back at once', async () => {
  const calls = await asked()
  world.company.isSilent = true
  world.callers.ada = { rights: 'own' }
  expect(codeOf(await calls.file())).toBe('503 try-again')
  expect(codeOf(await calls.cancel())).toBe('503 try-again')
  expect(codeOf(await calls.giveBack())).toBe('200 done')
})
