import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { adminCall, untilMountAnswers } from '../../src/demo/admin-call.ts'
import { startOpenBao } from '../../src/demo/openbao.ts'
import { findOpenBao } from '../../src/demo/openbao-binary.ts'
import type { Content } from '../../src/people-cli/safe/content.ts'
import { packCli } from '../support/packed-cli.ts'
import { inParallel, median, type Row, timed } from './figures.ts'

const run = promisify(execFile)
const repetitions = Number(process.env.BENCH_ROUNDS ?? 15)
const names = 10_000

/** People's `latchkey` as it is packed, against `bao` and against Node alone; each pair is measured in turns. */
export const peoplesCommand = async (): Promise<readonly Row[]> => {
  const [packed, server, home] = [
    await packCli(),
    await startOpenBao(),
    await mkdtemp(join(tmpdir(), 'latchkey-bench-')),
  ]
  try {
    const call = adminCall(server)
    await untilMountAnswers(call, 'secret')
    await call('POST', 'secret/data/db', { data: { password: 'x' } })
    const paths = Array.from({ length: names }, (_, index) => `many/secret-${index}`)
    await inParallel(paths, 16, (path) => call('POST', `secret/data/${path}`, { data: {} }))
    await mkdir(join(home, 'latchkey'), { recursive: true, mode: 0o700 })
    const items = [
      { type: 'management', path: 'secret/many/', permission: 'ReadOnly' },
      { type: 'secret', path: 'secret/db', permission: 'read' },
    ]
    const access = { address: server.address, token: server.rootToken, until: Date.now() + 3_600_000 }
    const content: Content = {
      credentials: [{ ...access, grant: 'g', items, mounts: ['secret'], vault: { id: 'prod', name: 'prod' } }],
    }
    await writeFile(join(home, 'latchkey/session.json'), JSON.stringify(content), { mode: 0o600 })
    const ours = { PATH: process.env.PATH, HOME: home, XDG_CONFIG_HOME: home }
    const theirs = { PATH: process.env.PATH, HOME: home, BAO_ADDR: server.address, BAO_TOKEN: server.rootToken }
    const bao = await findOpenBao()
    const latchkey =
      (...line: string[]) =>
      () =>
        run(process.execPath, [packed.bin, ...line], { env: ours, maxBuffer: 1e8 })
    const other =
      (file: string, ...line: string[]) =>
      () =>
        run(file, line, { env: theirs, maxBuffer: 1e8 })
    return [
      await inTurns('latchkey --version', latchkey('--version'), other(process.execPath, '-e', '0'), 2),
      await inTurns(
        'latchkey vault fetch',
        latchkey('vault', 'fetch', 'secret/db'),
        other(bao, 'kv', 'get', 'secret/db'),
        1.3,
      ),
      await inTurns(
        `latchkey vault list, ${names} names`,
        latchkey('vault', 'list', 'secret/many/'),
        other(bao, 'kv', 'list', 'secret/many/'),
        1.5,
      ),
    ]
  } finally {
    await server.stop()
    await packed.remove()
    await rm(home, { recursive: true })
  }
}

type Work = () => Promise<unknown>

const inTurns = async (what: string, ours: Work, baseline: Work, goal: number): Promise<Row> => {
  const times = { ours: [] as number[], baseline: [] as number[] }
  for (let repetition = 0; repetition <= repetitions; repetition += 1) {
    const [one, other] = [await timed(ours), await timed(baseline)]
    if (repetition === 0) continue // the first ones read the programs from the disk
    times.ours.push(one)
    times.baseline.push(other)
  }
  return { what, ours: median(times.ours), baseline: median(times.baseline), unit: 'ms', goal }
}
