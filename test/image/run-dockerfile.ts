import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { debianRoot } from './base-root.ts'
import { build } from './build.ts'
import { checkContent } from './check-content.ts'
import { checkStart } from './check-start.ts'
import { checkUnit } from './check-unit.ts'
import { checklist } from './checklist.ts'
import { parseDockerfile } from './dockerfile.ts'
import { prepareMachine } from './machine.ts'
import { networkOfThisMachine } from './network.ts'
import { must } from './programs.ts'
import { systemdRoot } from './systemd-machine.ts'

/**
 * Carries out the Dockerfile without a container engine, in a Debian of its own, and checks what comes out; then lets
 * systemd run the same in another. As root:
 * `npm run test:image`; `-- --keep` leaves the roots in the cache, to look around.
 */
const context = resolve(import.meta.dirname, '../..')
const cache = join(context, '.cache/image')
const say = (line: string): void => console.log(line)

const main = async (): Promise<number> => {
  const stages = parseDockerfile(await readFile(join(context, 'Dockerfile'), 'utf8'))
  await prepareMachine(say)
  process.umask(0o022) // what is made here is read by other users inside
  await mkdir(cache, { recursive: true })
  await removeLeftovers()
  const work = join(cache, `run-${process.pid}`)
  await mkdir(work)
  try {
    const debian = await debianRoot(cache, say)
    const network = await networkOfThisMachine()
    const image = await build({ context, stages, debian, network, work, say })
    const checks = checklist(say)
    const { version } = JSON.parse(await readFile(join(context, 'package.json'), 'utf8'))
    await checkContent({ image, debian, context, checks })
    await checkStart({ image, work, version, checks })
    const machine = join(work, 'systemd')
    await must('cp', ['--archive', '--reflink=auto', await systemdRoot(cache, debian, network, say), machine])
    await checkUnit({ image, context, root: machine, checks })
    return checks.close()
  } finally {
    if (process.argv.includes('--keep')) say(`Kept: ${work}`)
    else await rm(work, { recursive: true, force: true })
  }
}

/** Of runs that were killed. Their mounts went with their processes. */
const removeLeftovers = async (): Promise<void> => {
  const runs = (await readdir(cache)).filter((name) => /^run-\d+$/.test(name))
  const dead = runs.filter((name) => !existsSync(`/proc/${name.slice('run-'.length)}`))
  for (const name of dead) await rm(join(cache, name), { recursive: true, force: true })
}

try {
  process.exitCode = await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
