import { expect, test } from 'vitest'
import { type KubernetesObject, schemaProblems } from '../support/kubernetes-validate.ts'

const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'one' } }

test('the schemas that the charts are held to refuse a misspelt key, an unknown kind and an API of another version', async () => {
  const objects: readonly KubernetesObject[] = [
    account,
    { ...account, automountToken: false },
    { ...account, kind: 'ServiceAcount' },
    { apiVersion: 'networking.k8s.io/v1', kind: 'IPAddress', metadata: { name: 'later' }, spec: {} },
  ]
  const problems = await schemaProblems({ '1.30.0': objects })
  expect(problems).toEqual([
    expect.stringMatching(/^1\.30\.0: ServiceAccount one: .*automountToken/),
    expect.stringContaining('ServiceAcount'),
    expect.stringContaining('IPAddress'),
  ])
})
