import { execFile } from 'node:child_process'
import { chmod, copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { z } from 'zod'
import { codeIn } from '../kubernetes/chapter.ts'
import { ensureHelm } from '../support/helm.ts'
import { type VaultChart, vaultChart } from '../support/vault-chart.ts'

const run = promisify(execFile)
const script = resolve(import.meta.dirname, '../../manifests/install.sh')

let tools: string
let chart: VaultChart
beforeAll(async () => {
  tools = await mkdtemp(join(tmpdir(), 'latchkey-tools-'))
  chart = await vaultChart()
})
afterAll(async () => {
  await rm(tools, { recursive: true })
  await chart.remove()
})

const program = async (name: string, text: string) => {
  await writeFile(join(tools, name), `#!/bin/sh\n${text}\n`)
  await chmod(join(tools, name), 0o755)
}

/**
 * A cluster and a helm that only tell their versions and storage classes, and record what they are asked. `answers` are
 * what kubectl prints where the pattern of the shell fits.
 */
const cluster = async (
  kubernetes: string,
  helm: string,
  { classes = '', notes = '', ...answers }: Readonly<Record<string, string>> = {},
) => {
  await rm(join(tools, 'asked'), { force: true })
  await writeFile(join(tools, 'notes'), notes)
  const cases = Object.entries(answers).map(([pattern, answer]) => `${pattern}) echo '${answer}' ;;`)
  await program(
    'kubectl',
    `echo "kubectl $*" >> ${tools}/asked
case "$*" in *"get --raw /version") echo '{"gitVersion": "${kubernetes}"}' ;; *"get storageclass"*) echo '${classes}' ;;
${cases.join('\n')}
esac`,
  )
  await program(
    'helm',
    `case "$1" in version) echo ${helm} ;; template) exec ${await ensureHelm()} "$@" ;; *) echo "helm $*" >> ${tools}/asked ;; esac
case "$1" in get) cat ${tools}/notes ;; esac`,
  )
}
const asked = async () => (await readFile(join(tools, 'asked'), 'utf8')).split('\n')

const said = z.object({ stdout: z.string(), stderr: z.string() })

const install = (...options: readonly string[]) => started([script, ...options])

const started = async (line: readonly string[]) => {
  const env = {
    ...process.env,
    PATH: `${tools}:${process.env.PATH}`,
    OPENBAO_CHART: join(chart.folder, 'charts/openbao'),
  }
  const ended = await run('bash', line, { env }).catch((error: unknown) => error)
  const { stdout, stderr } = said.parse(ended)
  return stdout + stderr
}

const byDefault = 'storageclass.kubernetes.io/is-default-class: "true"'

test('versions and the storage class are checked before anything is touched', async () => {
  await cluster('v1.29.8', 'v3.14.0')
  expect(await install()).toContain('the cluster is Kubernetes v1.29.8: it must be 1.30 or later')
  await cluster('v1.31.0', 'v3.11.3')
  expect(await install()).toContain('helm is v3.11.3: install Helm 3.12 or later')
  await cluster('', 'v3.14.0')
  expect(await install('--kube-context', 'far')).toContain('the cluster does not answer')
  expect((await asked()).filter((line) => line && !line.endsWith('get --raw /version'))).toEqual([])
  await cluster('v1.34.0', 'v3.14.0')
  expect(await install('--dry-run', '--set', 'backup.enabled=true')).toMatch(
    /no default StorageClass, which these need: PersistentVolumeClaim latchkey-vault-backups\. Mark one/,
  )
})

test('a dry run shows what would be installed with these options, and names the way in of the administrator', async () => {
  await cluster('v1.34.0', 'v4.1.0', { classes: byDefault })
  const all = await install('--dry-run', '-n', 'shop', '--set', 'management.kvMounts={team}')
  expect(all).toContain('tokens of the service account latchkey-vault-admin')
  expect(all).toContain('sys/mounts/team')
  expect(all).toContain('namespace: shop')
  expect(all).toContain('Nothing was changed')
  const chosen = await install('--dry-run', '--set', 'admin.userpass.enabled=true', '--name', 'safe')
  expect(chosen).not.toContain('service account safe-admin')
  expect(await install('--dry-run', '--set', 'seal.type=awskms')).toContain('needs its settings in seal.config')
})

test('a wrong line is refused with a sentence, and help names every option with examples', async () => {
  await cluster('v1.34.0', 'v3.14.0', { classes: byDefault })
  expect(await install('--namespaces', 'x')).toContain('--namespaces is not an option; see --help')
  expect(await install('-n')).toContain('-n needs a value')
  expect(await install('--name', 'Vault')).toContain('use a-z, 0-9 and -')
  expect(await install('--delete-data')).toContain('--delete-data belongs to --uninstall')
  expect(await install('--keep-latchkey')).toContain('--keep-latchkey belongs to --uninstall')
  expect(await install('--with-latchkey', '/nowhere.yaml')).toContain('there is no file /nowhere.yaml')
  expect(await install('--charts', '/nowhere')).toContain('there are no charts in /nowhere')
  const help = await install('--help')
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
  const file = join(tools, 'latchkey-values.yaml')
  await writeFile(file, stringify({ ...z.record(z.string(), z.unknown()).parse(parse(example)), ...changed }))
  return file
}

test('Latchkey is rendered before anything is installed, and logs in as the values of the vault say', async () => {
  await cluster('v1.34.0', 'v4.1.0', { classes: byDefault })
  const file = await latchkeyValues()
  const line = ['--dry-run', '--with-latchkey', file, '-n', 'shop']
  const usual = await install(...line)
  expect(usual).toContain('internalUrl: https://latchkey-vault.shop.svc.cluster.local:8200')
  expect(usual).toMatch(/kubernetes:\s+audience: vault\s+role: latchkey/)
  expect(usual).toContain('/run/latchkey/ca/vault/ca.crt')
  const management =
    'management.kubernetes.audience=bao,management.kubernetes.serviceAccount=bot,management.kvMounts={team/kv}'
  const other = await install(...line, '--set', management)
  expect(other).toMatch(/kubernetes:\s+audience: bao\s+role: latchkey/)
  expect(other).toContain('serviceAccountName: bot')
  expect(other).toMatch(/kvMounts:\s+- team\/kv\s+transitMounts:\s+- transit/)
  for (const without of ['management.kubernetes.enabled=false', 'management.kubernetes.namespace=elsewhere']) {
    const approle = await install(...line, '--set', without)
    expect(approle).toContain('folder: /run/latchkey/vault/vault')
    expect(approle).not.toContain('role: latchkey\n')
  }
  expect(await install(...line, '--set', 'global.tlsDisable=true')).not.toContain('/run/latchkey/ca/vault')
  const refused = await install('--with-latchkey', await latchkeyValues({ people: {} }))
  expect(refused).toContain('nobody could ask or decide')
  const list = { caCertificates: [{ name: 'own', existingSecret: 'own' }] }
  expect(await install('--with-latchkey', await latchkeyValues(list))).toContain(
    'has caCertificates, where this script',
  )
  expect((await asked()).filter((call) => call.startsWith('helm upgrade'))).toEqual([])
})

const url = 'https://latchkey-vault.latchkey-vault.svc.cluster.local:8200'

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
  const { stdout } = await run(await ensureHelm(), [...line, '--debug', '--set', value]).catch((error) =>
    said.parse(error),
  )
  await made.remove()
  return stdout
}

test('the warning of the dev mode, the login of the administrator and the address from outside are printed', async () => {
  const base = { classes: byDefault, '*internalUrl*': url, '*loadBalancer*': '203.0.113.9' }
  const notes = await notesWith('admin.kubernetes.enabled=true,admin.kubernetes.audience=people')
  await cluster('v1.34.0', 'v3.14.0', { ...base, notes, '*"get service"*spec.type*': 'LoadBalancer' })
  const balanced = await install('--no-wait')
  expect(balanced).toContain('create token latchkey-vault-admin')
  expect(balanced).toContain('--audience people')
  expect(balanced).toContain('External URL: https://203.0.113.9:8200\n')
  expect(balanced).toContain("--set externalUrl=https://203.0.113.9:8200 --set 'tls.hosts={203.0.113.9}'")
  expect(balanced.match(/Internal URL/g)).toHaveLength(1)
  const node = { '*"get service"*spec.type*': 'NodePort', '*nodePort*': '30200' }
  await cluster('v1.34.0', 'v3.14.0', { ...base, notes: await notesWith('vault.server.dev.enabled=true'), ...node })
  const dev = await install('--no-wait', '--set', 'vault.server.dev.enabled=true')
  expect(dev).toContain('DEV MODE: everything is in memory')
  expect(dev).toContain('bao login root')
  expect(dev).toContain('External URL: (none)\n')
  expect(dev).toContain('set externalUrl to https://NODE:30200')
})

test('removing takes the Latchkey of this script along, and names what stays or what would be deleted', async () => {
  const left = {
    '*"get deployment --selector installed-beside=latchkey-vault"*': 'deployment.apps/latchkey',
    '*"get pvc --selector installed-beside=latchkey-vault"*': 'persistentvolumeclaim/latchkey-data',
    '*"get pvc --output name"': 'persistentvolumeclaim/data-latchkey-vault-0',
    '*"get secret latchkey-vault-unseal"*': 'secret/latchkey-vault-unseal',
  }
  await cluster('v1.34.0', 'v3.14.0', left)
  const dry = await install('--uninstall', '--delete-data', '--dry-run')
  expect(dry).toContain('would run: helm uninstall latchkey --namespace latchkey-vault')
  expect(dry).toMatch(
    /would delete for ever:\s+claim data-latchkey-vault-0\s+claim latchkey-data\s+Secret latchkey-vault-unseal/,
  )
  expect(dry).not.toContain('These stay')
  const removed = await install('--uninstall')
  expect(removed).toContain('End live access first')
  expect(removed).toMatch(/These stay[^:]*:\s+claim data-latchkey-vault-0\s+claim latchkey-data/)
  const keys = 'delete job,serviceaccount,role,rolebinding latchkey-vault-keys --ignore-not-found'
  expect(await asked()).toEqual(
    expect.arrayContaining([
      'helm uninstall latchkey --wait --timeout 300s --namespace latchkey-vault',
      'helm uninstall latchkey-vault --wait --timeout 300s --namespace latchkey-vault',
      `kubectl --namespace latchkey-vault ${keys}`,
      'kubectl --namespace latchkey-vault delete configmap latchkey-vault-connection --ignore-not-found',
    ]),
  )
  await cluster('v1.34.0', 'v3.14.0', left)
  expect(await install('--uninstall', '--keep-latchkey')).not.toContain('latchkey-data')
  expect((await asked()).filter((line) => /uninstall latchkey |delete configmap/.test(line))).toEqual([])
  await cluster('v1.34.0', 'v3.14.0')
  expect(await install('--uninstall')).toContain('was not installed with this vault, so it stays')
})

test('from a pipe, the folder of the charts has the parts of the script', async () => {
  await cluster('v1.34.0', 'v3.14.0', { classes: byDefault })
  const charts = resolve(script, '../helm')
  const piped = ['-c', `cat ${script} | bash -s -- -n shop --dry-run --charts ${charts}`]
  expect(await started(piped)).toContain('namespace: shop')
})
