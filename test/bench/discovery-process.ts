import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { freePort } from '../../src/demo/latchkey-process.ts'
import type { PreparedVault } from '../../src/demo/prepare-vault.ts'
import { percentile } from './figures.ts'

type Where = {
  readonly prepared: PreparedVault
  /** Gets the files of the process. */
  readonly folder: string
  readonly discovery: { readonly requestsPerSecond: number; readonly concurrency: number }
}

export type ProcessFigures = {
  /** From the start to the end of the first pass, with its loading and its login. */
  readonly seconds: number
  /** The most that it had at any moment, from the kernel. */
  readonly peakMegabytes: number
  /** How long its own web server took for an answer meanwhile. */
  readonly answers: { readonly p50: number; readonly p99: number; readonly worst: number }
}

/** Latchkey as an operator runs it, Slack and all, until its first pass is over; Slack itself is not there. */
export const firstPass = async ({ prepared, folder, discovery }: Where): Promise<ProcessFigures> => {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const file = join(folder, 'latchkey.yaml')
  const database = join(folder, 'process.sqlite')
  writeFileSync(join(folder, 'people.yaml'), JSON.stringify({ people: {}, groups: { engineers: [], platform: [] } }))
  writeFileSync(
    file,
    JSON.stringify({
      listen: { port },
      database,
      link: { baseUrl: url },
      slack: { mode: 'http', tenants: ['T0BENCH'], apiUrl: `http://127.0.0.1:${await freePort()}/api/` },
      integrations: [
        {
          name: 'bench',
          requesters: ['group:engineers'],
          owner: ['group:platform'],
          resourceOwner: { key: 'owner' },
          vault: {
            internalUrl: prepared.address,
            credentials: { folder: prepared.credentialsFolder },
            namePrefix: prepared.prefix,
            userpassMount: prepared.userpassMount,
            approleMount: prepared.appRoleMount,
            transitMounts: [],
            discovery,
          },
        },
      ],
    }),
  )
  const started = performance.now()
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../src/main.ts')], {
    env: {
      PATH: process.env.PATH,
      LATCHKEY_CONFIG: file,
      SLACK_BOT_TOKEN: 'xoxb-bench',
      SLACK_SIGNING_SECRET: 'bench',
    },
    stdio: 'ignore',
  })
  const answers: number[] = []
  try {
    while (!isComplete(database)) {
      if (child.exitCode !== null) throw new Error('Latchkey ended')
      const asked = performance.now()
      if (await fetch(`${url}/healthz`).catch(() => undefined)) answers.push(performance.now() - asked)
      await delay(20)
    }
    const seconds = (performance.now() - started) / 1000
    const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]
    const [p50, p99] = [percentile(answers, 0.5), percentile(answers, 0.99)]
    return { seconds, peakMegabytes: Number(peak) / 1024, answers: { p50, p99, worst: Math.max(...answers) } }
  } finally {
    child.kill('SIGTERM')
    if (child.exitCode === null) await once(child, 'exit')
  }
}

const isComplete = (database: string): boolean => {
  try {
    const connection = new Database(database, { readonly: true, fileMustExist: true })
    try {
      return connection.prepare('SELECT 1 FROM passes WHERE completed_at IS NOT NULL').get() !== undefined
    } finally {
      connection.close()
    }
  } catch {
    return false // not made yet
  }
}
