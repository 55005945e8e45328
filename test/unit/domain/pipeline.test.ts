import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { areAlike, isRunOf, namesProject, type Pipeline, runOf, runText } from '../../../src/domain/pipeline.ts'

const pipeline = (claims: Record<string, string>, more: Partial<Pipeline> = {}): Pipeline => ({
  ...{ key: 'deploy', issuer: 'https://ci.example', audience: 'latchkey', groups: ['pipelines'], claims, ...more },
})

describe('the claims of a pipeline', () => {
  test('must name a project, because a branch or an organisation has many', () => {
    const naming = [{ repository: 'acme/shop' }, { sub: 'repo:acme/shop' }, { project_path: 'acme/shop', ref: 'main' }]
    for (const claims of naming) expect(namesProject(claims)).toBe(true)
    const vague = [
      {},
      { ref: 'refs/heads/main' },
      { repository_owner: 'acme' },
      { iss: 'x', aud: 'y' },
      { actor: 'me' },
    ]
    for (const claims of vague) expect(namesProject(claims as Record<string, string>)).toBe(false)
  })

  test('are compared letter by letter, and only with texts of the token itself', () => {
    const main = pipeline({ repository: 'acme/shop', ref: 'refs/heads/main' })
    expect(isRunOf(main, { repository: 'acme/shop', ref: 'refs/heads/main', more: 1 })).toBe(true)
    for (const ref of ['refs/heads/main ', 'refs/heads/MAIN', 'refs/heads/main2', undefined, ['refs/heads/main']])
      expect(isRunOf(main, { repository: 'acme/shop', ref })).toBe(false)
    expect(isRunOf(pipeline({ toString: 'x' }), {})).toBe(false)
  })

  test('of two pipelines that are not alike never fit the same run', () => {
    const claims = fc.dictionary(fc.constantFrom('repository', 'ref', 'environment'), fc.constantFrom('a', 'b'))
    fc.assert(
      fc.property(claims, claims, claims, (one, other, run) => {
        const [first, second] = [pipeline(one), pipeline(other)]
        expect(areAlike(first, second)).toBe(areAlike(second, first))
        if (!areAlike(first, second)) expect(isRunOf(first, run) && isRunOf(second, run)).toBe(false)
      }),
    )
  })
})

test('a run keeps a few claims, on one line each, and nothing that could pass for something else', () => {
  const claims = {
    ...{ repository: 'acme/shop', ref: `refs/heads/${'x'.repeat(300)}`, workflow: 'a\n*b*\u202e c', run_id: 17 },
    ...{ actor: { nested: true }, jti: 'secret-like', email: 'someone@example.com', environment: '  ' },
  }
  const run = runOf(pipeline({ repository: 'acme/shop' }), claims)
  expect(run.claims.map(({ name }) => name)).toEqual(['repository', 'ref', 'workflow', 'run_id'])
  expect(run.claims[1]?.value).toHaveLength(100)
  expect(runText(run)).toContain('workflow a *b* c, run_id 17')
})
