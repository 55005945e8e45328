import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openBao } from '../support/openbao.ts'
import { runDiscovery } from './discovery.ts'
import { countOf, million, type Tree } from './discovery-tree.ts'
import type { Row } from './figures.ts'
import { wideTree } from './wide-tree.ts'

const shape: Tree = JSON.parse(process.env.BENCH_TREE ?? JSON.stringify(million))
const atOnce = 8
const most = 400 // megabytes

/** Discovery of a million secrets in 50,000 folders with their owner tags, at a vault that seems to have them. */
export const millionSecrets = async (): Promise<{ rows: readonly Row[]; notes: readonly string[] }> => {
  const vault = await openBao({ transitMounts: [], optionalRights: ['bulk-owner-tags'] })
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-bench-'))
  const tree = await wideTree(vault.server.address, shape)
  try {
    const { credentialsFolder, appRoleMount } = vault.prepared
    const database = join(folder, 'million.sqlite')
    const shared = { how: 'in bulk', address: tree.address, credentialsFolder, appRoleMount, database, atOnce } as const
    const bare = await runDiscovery({ ...shared, what: 'bare' })
    const ours = await runDiscovery({ ...shared, what: 'ours' })
    const again = await runDiscovery({ ...shared, what: 'ours', isRepeated: true })
    const { secrets } = countOf(shape)
    for (const { resources } of [bare, ours, again]) {
      if (resources !== secrets) throw new Error(`${resources} of ${secrets} found`)
    }
    const peak = Math.max(ours.megabytes, again.megabytes)
    const inSeconds = ({ milliseconds }: { readonly milliseconds: number }) => `${Math.round(milliseconds / 1000)} s`
    return {
      rows: [{ what: `peak memory at ${secrets} secrets`, ours: peak, baseline: most, unit: 'MB', goal: 1 }],
      notes: [`First pass ${inSeconds(ours)}, again ${inSeconds(again)}, a bare walk ${inSeconds(bare)}.`],
    }
  } finally {
    tree.close()
    await vault.stop()
    await rm(folder, { recursive: true, force: true })
  }
}
