import { afterAll, beforeAll, expect, test } from 'vitest'
import { scriptPath, type ToldCluster, toldCluster } from '../support/told-cluster.ts'

let told: ToldCluster
beforeAll(async () => {
  told = await toldCluster()
})
afterAll(() => told.remove())

test('removing takes the Latchkey of this script along, and names what stays or what would be deleted', async () => {
  const left = {
    '*"get deployment --selector installed-beside=latchkey-vault"*': 'deployment.apps/latchkey',
    '*"get pvc --selector installed-beside=latchkey-vault"*': 'persistentvolumeclaim/latchkey-data',
    '*"get pvc --output name"': 'persistentvolumeclaim/data-latchkey-vault-0',
    '*"get secret latchkey-vault-unseal"*': 'secret/latchkey-vault-unseal',
  }
  await told.tell('v1.34.0', 'v3.14.0', left)
  const dry = await told.install('--uninstall', '--delete-data', '--dry-run')
  expect(dry).toContain('would run: helm uninstall latchkey --namespace latchkey-vault')
  expect(dry).toMatch(
    /would delete for ever:\s+claim data-latchkey-vault-0\s+claim latchkey-data\s+Secret latchkey-vault-unseal/,
  )
  expect(dry).not.toContain('These stay')
  const removed = await told.install('--uninstall')
  expect(removed).toContain('End live access first')
  expect(removed).toMatch(/These stay[^:]*:\s+claim data-latchkey-vault-0\s+claim latchkey-data/)
  const keys = 'delete job,serviceaccount,role,rolebinding latchkey-vault-keys --ignore-not-found'
  expect(await told.asked()).toEqual(
    expect.arrayContaining([
      'helm uninstall latchkey --wait --timeout 300s --namespace latchkey-vault',
      'helm uninstall latchkey-vault --wait --timeout 300s --namespace latchkey-vault',
      `kubectl --namespace latchkey-vault ${keys}`,
      'kubectl --namespace latchkey-vault delete configmap latchkey-vault-connection --ignore-not-found',
    ]),
  )
  await told.tell('v1.34.0', 'v3.14.0', left)
  expect(await told.install('--uninstall', '--keep-latchkey')).not.toContain('latchkey-data')
  expect((await told.asked()).filter((line) => /uninstall latchkey |delete configmap/.test(line))).toEqual([])
  await told.tell('v1.34.0', 'v3.14.0')
  expect(await told.install('--uninstall')).toContain('was not installed with this vault, so it stays')
})

test('a snapshot is put back by the administrator, whose tokens have the audience of the release', async () => {
  const answers = {
    '*logins*adminAudience*': 'people',
    '*"bao status"*': '"sealed": false,',
    '*field=token*': 'a-token',
  }
  await told.tell('v1.34.0', 'v3.14.0', answers)
  const restore = [scriptPath('restore.sh'), '--snapshot', 'a.snap', '--yes']
  expect(await told.bash(restore)).toContain('a.snap was put back, and the vault is unsealed.')
  const token = 'create token latchkey-vault-admin --audience people --duration 10m'
  expect(await told.asked()).toContain(`kubectl --namespace latchkey-vault ${token}`)
})
