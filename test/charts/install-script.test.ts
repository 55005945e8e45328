import { execFile } from 'node:child_process'
import { copyFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { z } from 'zod'
import { codeIn } from '../kubernetes/chapter.ts'
import { ensureHelm } from '../support/helm.ts'
import { scriptPath, type ToldCluster, toldCluster } from '../support/told-cluster.ts'
import { vaultChart } from '../support/vault-chart.ts'

let told: ToldCluster
beforeAll(async () => {
  told = await toldCluster()
})
afterAll(() => told.remove())

const byDefault = 'storageclass.kubernetes.io/is-default-class: "true"'

test('versions and the storage class are checked before anything is touched', async () => {
  await told.tell('v1.29.8', 'v3.14.0')
  expect(await told.install()).toContain('the cluster is Kubernetes v1.29.8: it must be 1.30 or later')
  await told.tell('v1.31.0', 'v3.11.3')
  expect(await told.install()).toContain('helm is v3.11.3: install Helm 3.12 or later')
  await told.tell('', 'v3.14.0')
  expect(await told.install('--kube-context', 'far')).toContain('the cluster does not answer')
  expect((await told.asked()).filter((line) => line && !line.endsWith('get --raw /version'))).toEqual([])
  await told.tell('v1.34.0', 'v3.14.0')
  expect(await told.install('--dry-run', '--set', 'backup.enabled=true')).toMatch(
    /no default StorageClass, which these need: PersistentVolumeClaim latchkey-vault-backups\. Mark one/,
  )
})

test('a dry run shows what would be installed with these options, and names the way in of the administrator', async () => {
  await told.tell('v1.34.0', 'v4.1.0', { classes: byDefault })
  const all = await told.install('--dry-run', '-n', 'shop', '--set', 'management.kvMounts={team}')
  expect(all).toContain('tokens of the service account latchkey-vault-admin')
  expect(all).toContain('sys/mounts/team')
  expect(all).toContain('namespace: shop')
  expect(all).toContain('Nothing was changed')
  const chosen = await told.install('--dry-run', '--set', 'admin.userpass.enabled=true', '--name', 'safe')
  expect(chosen).not.toContain('service account safe-admin')
  expect(await told.install('--dry-run', '--set', 'seal.type=awskms')).toContain('needs its settings in seal.config')
})

test('a wrong line is refused with a sentence, and help names every option with examples', async () => {
  await told.tell('v1.34.0', 'v3.14.0', { classes: byDefault })
  expect(await told.install('--namespaces', 'x')).toContain('--namespaces is not an option; see --help')
  expect(await told.install('-n')).toContain('-n needs a value')
  expect(await told.install('--name', 'Vault')).toContain('use a-z, 0-9 and -')
  expect(await told.install('--delete-data')).toContain('--delete-data belongs to --uninstall')
  expect(await told.install('--keep-latchkey')).toContain('--keep-latchkey belongs to --uninstall')
  expect(await told.install('--with-latchkey', '/nowhere.yaml')).toContain('there is no file /nowhere.yaml')
  expect(await told.install('--charts', '/nowhere')).toContain('there are no charts in /nowhere')
  const help = await told.install('--help')
  for (const option of [
    '-n,',
    '--kube-context',
    '--set',
    '-f,',
    '--wait',
    '--with-latchkey',
    '--dry-run',
    '--uninstall',
    '--keep-latchkey',
    '--delete-data',
  ])
    expect(help).toContain(option)
})

const latchkeyValues = async (changed: object = {}) => {
  const [example = ''] = codeIn('Connect', 'yaml')
  const file = join(told.folder, 'latchkey-values.yaml')
  await writeFile(file, stringify({ ...z.record(z.string(), z.unknown()).parse(parse(example)), ...changed }))
  return file
}

test('Latchkey is rendered before anything is installed, and logs in as the values of the vault say', async () => {
  await told.tell('v1.34.0', 'v4.1.0', { classes: byDefault })
  const file = await latchkeyValues()
  const line = ['--dry-run', '--with-latchkey', file, '-n', 'shop']
  const usual = await told.install(...line)
  expect(usual).toContain('internalUrl: https://latchkey-vault.shop.svc.cluster.local:8200')
  expect(usual).toMatch(/kubernetes:\s+audience: vault\s+role: latchkey/)
  expect(usual).toContain('/run/latchkey/ca/vault/ca.crt')
  const management =
    'management.kubernetes.audience=bao,management.kubernetes.serviceAccount=bot,management.kvMounts={team/kv}'
  const other = await told.install(...line, '--set', management)
  expect(other).toMatch(/kubernetes:\s+audience: bao\s+role: latchkey/)
  expect(other).toContain('serviceAccountName: bot')
  expect(other).toMatch(/kvMounts:\s+- team\/kv\s+transitMounts:\s+- transit/)
  for (const without of ['management.kubernetes.enabled=false', 'management.kubernetes.namespace=elsewhere']) {
    const approle = await told.install(...line, '--set', without)
    expect(approle).toContain('folder: /run/latchkey/vault/vault')
    expect(approle).not.toContain('role: latchkey\n')
  }
  expect(await told.install(...line, '--set', 'global.tlsDisable=true')).not.toContain('/run/latchkey/ca/vault')
  const refused = await told.install('--with-latchkey', await latchkeyValues({ people: {} }))
  expect(refused).toContain('nobody could ask or decide')
  const list = { caCertificates: [{ name: 'own', existingSecret: 'own' }] }
  expect(await told.install('--with-latchkey', await latchkeyValues(list))).toContain(
    'has caCertificates, where this script',
  )
  expect((await told.asked()).filter((call) => call.startsWith('helm upgrade'))).toEqual([])
})

const url = 'https://latchkey-vault.latchkey-vault.svc.cluster.local:8200'

const printed = z.object({ stdout: z.string() })

/** What the chart says after an installation with a value. */
const notesWith = async (value: string) => {
  const made = await vaultChart()
  await copyFile(join(made.folder, 'templates/NOTES.txt'), join(made.folder, 'templates/notes.yaml'))
  const line = [
    'template',
    'latchkey-vault',
    made.folder,
    '--kube-version',
    '1.34.0',
    '--show-only',
    'templates/notes.yaml',
  ]
  const { stdout } = await promisify(execFile)(await ensureHelm(), [...line, '--debug', '--set', value]).catch(
    (error) => printed.parse(error),
  )
  await made.remove()
  return stdout
}

test('the warning of the dev mode, the login of the administrator and the address from outside are printed', async () => {
  const base = { classes: byDefault, '*internalUrl*': url, '*loadBalancer*': '203.0.113.9' }
  const notes = await notesWith('admin.kubernetes.enabled=true,admin.kubernetes.audience=people')
  await told.tell('v1.34.0', 'v3.14.0', { ...base, notes, '*"get service"*spec.type*': 'LoadBalancer' })
  const balanced = await told.install('--no-wait')
  expect(balanced).toContain('create token latchkey-vault-admin')
  expect(balanced).toContain('--audience people')
  expect(balanced).toContain('External URL: https://203.0.113.9:8200\n')
  expect(balanced).toContain("--set externalUrl=https://203.0.113.9:8200 --set 'tls.hosts={203.0.113.9}'")
  expect(balanced.match(/Internal URL/g)).toHaveLength(1)
  const node = { '*"get service"*spec.type*': 'NodePort', '*nodePort*': '30200' }
  await told.tell('v1.34.0', 'v3.14.0', { ...base, notes: await notesWith('vault.server.dev.enabled=true'), ...node })
  const dev = await told.install('--no-wait', '--set', 'vault.server.dev.enabled=true')
  expect(dev).toContain('DEV MODE: everything is in memory')
  expect(dev).toContain('bao login root')
  expect(dev).toContain('External URL: (none)\n')
  expect(dev).toContain('set externalUrl to https://NODE:30200')
})

test('from a pipe, the folder of the charts has the parts of the script', async () => {
  await told.tell('v1.34.0', 'v3.14.0', { classes: byDefault })
  const charts = scriptPath('helm')
  const piped = ['-c', `cat ${scriptPath('install.sh')} | bash -s -- -n shop --dry-run --charts ${charts}`]
  expect(await told.bash(piped)).toContain('namespace: shop')
})
