import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chartFolder } from './charts.ts'

/** A copy of a chart whose dependency is either the official one, unpacked at `OPENBAO_CHART`, or empty. */
export type VaultChart = { readonly folder: string; remove(): Promise<void> }

/** Makes the copy in a temporary folder. The dependency itself is in no repository of ours. */
export const vaultChart = async (dependency?: string): Promise<VaultChart> => {
  const home = await mkdtemp(join(tmpdir(), 'latchkey-vault-chart-'))
  const folder = join(home, 'latchkey-vault')
  await cp(chartFolder('latchkey-vault'), folder, { recursive: true })
  const charts = join(folder, 'charts')
  await rm(charts, { recursive: true, force: true })
  const inside = join(charts, 'openbao')
  await mkdir(inside, { recursive: true })
  if (dependency === undefined) await writeFile(join(inside, 'Chart.yaml'), standIn)
  else await cp(dependency, inside, { recursive: true })
  return { folder, remove: () => rm(home, { recursive: true, force: true }) }
}

const standIn = 'apiVersion: v2\nname: openbao\nversion: 0.29.2\n'
