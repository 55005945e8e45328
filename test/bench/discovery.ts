import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Agent } from 'undici'
import { openBao } from '../support/openbao.ts'
import { firstPass } from './discovery-process.ts'
import type { Job, Result } from './discovery-run.ts'
import { countOf, large, secretsOf, type Tree } from './discovery-tree.ts'
import { inParallel, median, type Row, timed } from './figures.ts'

const rounds = Number(process.env.BENCH_ROUNDS ?? 5)
const tree: Tree = JSON.parse(process.env.BENCH_TREE ?? JSON.stringify(large))
const atOnce = 8
const say = (line: string) => process.stderr.write(`${line}\n`)

/** Fills as an application would: a version of the secret, and its owner as custom metadata. */
const fill = async (address: string, token: string): Promise<void> => {
  const agent = new Agent({ connections: 32 })
  const post = async (path: string, body: object) => {
    const headers = { 'X-Vault-Token': token }
    const request = {
      origin: address,
      method: 'POST',
      path: `/v1/${path}`,
      headers,
      body: JSON.stringify(body),
    } as const
    const answer = await agent.request(request)
    await answer.body.dump()
    if (answer.statusCode > 299) throw new Error(`${path}: ${answer.statusCode}`)
  }
  let written = 0
  await inParallel([...secretsOf(tree)], 32, async ({ path, owner }) => {
    await post(`kv/data/${path}`, { data: { value: 'example' } })
    await post(`kv/metadata/${path}`, { custom_metadata: { owner } })
    written += 1
    if (written % 10_000 === 0) say(`  ${written} secrets written`)
  })
  await agent.close()
}

/** One run of discovery, or of a bare walk, in a process of its own. */
export const runDiscovery = async (job: Job): Promise<Result> => {
  const program = join(import.meta.dirname, 'discovery-run.ts')
  const child = spawn(process.execPath, [program, JSON.stringify(job)], { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`a run ended with ${code}`)
  return JSON.parse(text)
}

/** Discovery of 100,000 secrets in 5,000 folders on a real OpenBao, eight calls at once, no limit, median of five. */
export const discovery = async (): Promise<{ rows: readonly Row[]; notes: readonly string[] }> => {
  const vault = await openBao({ transitMounts: [] })
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-bench-'))
  try {
    const bulk = await vault.prepare({
      roleName: 'bulk',
      policyName: 'bulk-management',
      transitMounts: [],
      optionalRights: ['bulk-owner-tags'],
    })
    const { secrets, folders, lists } = countOf(tree)
    say(`Filling OpenBao with ${secrets} secrets in ${folders} folders (${lists} with those above them).`)
    say(`  in ${Math.round((await timed(() => fill(vault.server.address, vault.server.rootToken))) / 1000)} s`)

    const results = new Map<string, Result[]>()
    const measure = async (name: string, job: Pick<Job, 'what' | 'how'> & Partial<Job>): Promise<void> => {
      const from = job.how === 'in bulk' ? bulk : vault.prepared
      const { address, credentialsFolder, appRoleMount } = from
      const database = join(folder, `${job.how.replaceAll(' ', '-')}.sqlite`)
      const result = await runDiscovery({ address, credentialsFolder, appRoleMount, database, atOnce, ...job })
      const { milliseconds, megabytes, cpu, resources, tags } = result
      say(
        `  ${name}: ${Math.round(milliseconds)} ms, ${Math.round(cpu)} ms CPU, ${Math.round(megabytes)} MB, ${resources}/${tags}`,
      )
      if (job.what !== 'typeahead' && resources !== secrets) throw new Error(`${resources} of ${secrets} found`)
      results.set(name, [...(results.get(name) ?? []), result])
    }
    const ways = ['names', 'in bulk', ...(process.env.BENCH_QUICK ? [] : (['one by one'] as const))] as const
    for (let round = 1; round <= rounds; round += 1) {
      say(`Round ${round} (load ${loadavg()[0]?.toFixed(1)} on ${cpus().length} cores).`)
      for (const how of ways) {
        await measure(`bare ${how}`, { what: 'bare', how })
        await measure(`first ${how}`, { what: 'ours', how })
        if (how !== 'one by one') await measure(`again ${how}`, { what: 'ours', how, isRepeated: true })
      }
      await measure('typeahead', { what: 'typeahead', how: 'in bulk' })
    }
    say('The whole process.')
    const discovery = { requestsPerSecond: 0, concurrency: atOnce }
    const whole = await firstPass({ prepared: bulk, folder, discovery })
    const middle = (name: string, of: (result: Result) => number = ({ milliseconds }) => milliseconds / 1000) =>
      median((results.get(name) ?? []).map(of))
    const row = (what: string, name: string, how: string, goal: number): Row => ({
      what,
      ours: middle(`${name} ${how}`),
      baseline: middle(`bare ${how}`),
      unit: 's',
      goal,
      note: `peak ${Math.round(Math.max(...(results.get(`${name} ${how}`) ?? []).map(({ megabytes }) => megabytes)))} MB`,
    })
    const rows = [
      row('names, first pass', 'first', 'names', 2),
      row('names, a pass that changes nothing', 'again', 'names', 2),
      row('names with owner tags in bulk, first pass', 'first', 'in bulk', 1.05),
      row('names with owner tags in bulk, a pass that changes nothing', 'again', 'in bulk', 1.2),
      ...(process.env.BENCH_QUICK ? [] : [row('names, then owner tags one by one', 'first', 'one by one', 1.2)]),
    ]
    const p = (which: 'p50' | 'p99' | 'worst') =>
      middle('typeahead', ({ percentiles }) => percentiles?.[which] ?? 0).toFixed(1)
    const { seconds, peakMegabytes, answers } = whole
    const notes = [
      `The whole process, first pass with owner tags: ${seconds.toFixed(1)} s, peak ${Math.round(peakMegabytes)} MB; ` +
        `its web server answered meanwhile: p50 ${answers.p50.toFixed(1)} ms, p99 ${answers.p99.toFixed(0)} ms, ` +
        `worst ${answers.worst.toFixed(0)} ms.`,
      `Typeahead at ${secrets} rows: p50 ${p('p50')} ms, p99 ${p('p99')} ms, worst ${p('worst')} ms.`,
    ]
    return { rows, notes }
  } finally {
    await vault.stop()
    await rm(folder, { recursive: true, force: true })
  }
}
