import { execFile } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import { ensureHelm } from './helm.ts'
import { vaultChart } from './vault-chart.ts'

const said = z.object({ stdout: z.string(), stderr: z.string() })

/** The scripts beside the charts, and a cluster that only answers what it is told to. */
export type ToldCluster = {
  /**
   * Replaces kubectl and helm by programs that tell these versions and record what they are asked. helm renders really.
   * `answers` are what kubectl prints where the pattern of the shell fits, besides the storage classes; `notes` what helm
   * prints as notes.
   */
  tell(kubernetes: string, helm: string, answers?: Readonly<Record<string, string>>): Promise<void>
  /** What both were asked since. */
  asked(): Promise<readonly string[]>
  /** Runs bash, and returns everything that was printed. */
  bash(line: readonly string[]): Promise<string>
  /** Runs install.sh. */
  install(...options: readonly string[]): Promise<string>
  /** A folder for files of the test. */
  readonly folder: string
  remove(): Promise<void>
}

/** The path of one of the scripts. */
export const scriptPath = (name: string): string => resolve(import.meta.dirname, '../../manifests', name)

export const toldCluster = async (): Promise<ToldCluster> => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-tools-'))
  const chart = await vaultChart()
  const program = async (name: string, text: string) => {
    await writeFile(join(folder, name), `#!/bin/sh\n${text}\n`)
    await chmod(join(folder, name), 0o755)
  }
  const tell: ToldCluster['tell'] = async (kubernetes, helm, { classes = '', notes = '', ...answers } = {}) => {
    await rm(join(folder, 'asked'), { force: true })
    await writeFile(join(folder, 'notes'), notes)
    const cases = Object.entries(answers).map(([pattern, answer]) => `${pattern}) echo '${answer}' ;;`)
    await program(
      'kubectl',
      `echo "kubectl $*" >> ${folder}/asked
case "$*" in *" exec --stdin "*) cat >/dev/null ;; esac
case "$*" in *"get --raw /version") echo '{"gitVersion": "${kubernetes}"}' ;; *"get storageclass"*) echo '${classes}' ;;
${cases.join('\n')}
esac`,
    )
    const really = await ensureHelm()
    await program(
      'helm',
      `case "$1" in version) echo ${helm} ;; template) exec ${really} "$@" ;; *) echo "helm $*" >> ${folder}/asked ;; esac
case "$1" in get) cat ${folder}/notes ;; esac`,
    )
  }
  const bash: ToldCluster['bash'] = async (line) => {
    const paths = { PATH: `${folder}:${process.env.PATH}`, OPENBAO_CHART: join(chart.folder, 'charts/openbao') }
    const ended = promisify(execFile)('bash', line, { env: { ...process.env, ...paths } })
    const { stdout, stderr } = said.parse(await ended.catch((error: unknown) => error))
    return stdout + stderr
  }
  return {
    ...{ folder, tell, bash },
    asked: async () => (await readFile(join(folder, 'asked'), 'utf8')).split('\n'),
    install: (...options) => bash([scriptPath('install.sh'), ...options]),
    remove: async () => {
      await rm(folder, { recursive: true })
      await chart.remove()
    },
  }
}
