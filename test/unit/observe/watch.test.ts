import { expect, test } from 'vitest'
import { vaultConnector } from '../../../src/connectors/vault/connector.ts'
import { instanceId, integrationId } from '../../../src/domain/ids.ts'
import { timestamp } from '../../../src/domain/time.ts'
import { watchConnector } from '../../../src/observe/watch.ts'

const connector = vaultConnector({
  integration: integrationId('production'),
  instance: instanceId('i0'),
  clock: { now: () => timestamp(0) },
  params: { internalUrl: 'http://127.0.0.1:1', credentials: { folder: '/nowhere' } },
})
const plan = { document: '', hash: '' }

test('whoever watches learns of each verb that asks the vault, and why it failed', async () => {
  const told: unknown[] = []
  const watched = watchConnector(connector, (...call) => told.push(call))
  await Promise.allSettled([watched.inspect({ policies: ['latchkey-one'] }, plan), watched.checkRights()])
  expect(told.toSorted()).toEqual([
    ['production', 'checkRights', 'bad-credentials'],
    ['production', 'inspect', 'bad-credentials'],
  ])
})

test('whoever watches hears nothing of what is only thought about', () => {
  const told: unknown[] = []
  const watched = watchConnector(connector, (...call) => told.push(call))
  expect(watched.plan([])).toEqual(connector.plan([]))
  expect(watched.names).toBe(connector.names)
  expect(told).toEqual([])
})
