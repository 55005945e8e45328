import { execFile } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
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

/** A cluster and a helm that only tell their versions and storage classes, and record what they are asked. */
const cluster = async (kubernetes: string, helm: string, classes = '') => {
  await program(
    'kubectl',
    `echo "kubectl $*" >> ${tools}/asked
case "$*" in *"get --raw /version") echo '{"gitVersion": "${kubernetes}"}' ;; *"get storageclass"*) echo '${classes}' ;; esac`,
  )
  await program(
    'helm',
    `case "$1" in version) echo ${helm} ;; template) exec ${await ensureHelm()} "$@" ;; *) echo "helm $*" >> ${tools}/asked ;; esac`,
  )
}

const said = z.object({ stdout: z.string(), stderr: z.string() })

const install = async (...options: readonly string[]) => {
  const env = {
    ...process.env,
    PATH: `${tools}:${process.env.PATH}`,
    OPENBAO_CHART: join(chart.folder, 'charts/openbao'),
  }
  const ended = await run('bash', [script, ...options], { env }).catch((error: unknown) => error)
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
  const { stdout } = await run('cat', [join(tools, 'asked')])
  expect(stdout.split('\n').filter((line) => line && !line.endsWith('get --raw /version'))).toEqual([])
})

test('a dry run shows what would be installed with these options, and names the way in of the administrator', async () => {
  await cluster('v1.34.0', 'v4.1.0', byDefault)
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
  await cluster('v1.34.0', 'v3.14.0', byDefault)
  expect(await install('--namespaces', 'x')).toContain('--namespaces is not an option; see --help')
  expect(await install('-n')).toContain('-n needs a value')
  expect(await install('--name', 'Vault')).toContain('use a-z, 0-9 and -')
  expect(await install('--delete-data')).toContain('--delete-data belongs to --uninstall')
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
    '--delete-data',
  ])
    expect(help).toContain(option)
})
