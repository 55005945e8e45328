import { chmod, copyFile, lstat, mkdir, readdir, readFile, readlink, symlink } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { type Debian, rootFor } from './base-root.ts'
import { type Inside, runStep } from './container.ts'
import type { HealthCheck, Instruction, Stage, Step } from './dockerfile.ts'
import { type MayCopy, parseIgnore } from './ignore.ts'
import type { Network } from './network.ts'
import { must } from './programs.ts'

/** What comes out: a root, and what the image says about its process. */
export type Image = Inside & {
  readonly command: readonly string[]
  readonly healthCheck: HealthCheck
  readonly labels: Readonly<Record<string, string>>
  readonly volumes: readonly string[]
  readonly port: number
}
export type BuildOptions = {
  readonly context: string
  readonly stages: readonly Stage[]
  readonly debian: Debian
  readonly network: Network
  /** An empty folder, for a root a stage. */
  readonly work: string
  readonly say: (line: string) => void
}

/** Carries out every stage, and answers with the last one. */
export const build = async (options: BuildOptions): Promise<Image> => {
  const { context, stages, debian, work, say } = options
  const mayCopy = parseIgnore(await readFile(join(context, '.dockerignore'), 'utf8'))
  const roots = new Map<string, string>()
  let image: Image | undefined
  for (const [index, { name, base, steps }] of stages.entries()) {
    const root = join(work, `stage-${index}`)
    say(`FROM ${base}`)
    await rootFor(base, debian, root)
    let growing = blank(root)
    for (const step of steps) growing = await carryOut(step, growing, { ...options, mayCopy, roots })
    roots.set(name, root)
    image = growing
  }
  if (image === undefined) throw new Error('The Dockerfile has no stage.')
  return image
}

/** What an engine gives to a process of which the image says nothing. */
const blank = (root: string): Image => ({
  root,
  folder: '/',
  user: { uid: 0, gid: 0 },
  environment: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root' },
  command: [],
  healthCheck: { command: [], timeout: 0, startPeriod: 0 },
  labels: {},
  volumes: [],
  port: 0,
})

type World = BuildOptions & { readonly mayCopy: MayCopy; readonly roots: ReadonlyMap<string, string> }

const carryOut = async ({ line, text, instruction }: Step, image: Image, world: World): Promise<Image> => {
  const began = Date.now()
  try {
    const next = await apply(instruction, image, world)
    world.say(`${text.slice(0, 100)}${text.length > 100 ? '…' : ''}  (${((Date.now() - began) / 1000).toFixed(1)} s)`)
    return next
  } catch (error) {
    throw new Error(`Dockerfile:${line}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}

const apply = async (instruction: Instruction, image: Image, world: World): Promise<Image> => {
  switch (instruction.kind) {
    case 'run': {
      const { code, output } = await runStep(image, instruction.command, world.network)
      if (code !== 0) throw new Error(`RUN ended with ${code}:\n${output}`)
      return image
    }
    case 'copy':
      await copy(instruction, image, world)
      return image
    case 'workdir':
      await mkdir(join(image.root, instruction.path), { recursive: true })
      return { ...image, folder: instruction.path }
    case 'env':
      return { ...image, environment: { ...image.environment, ...instruction.values } }
    case 'label':
      return { ...image, labels: { ...image.labels, ...instruction.values } }
    case 'user':
      return { ...image, user: { uid: instruction.uid, gid: instruction.gid } }
    case 'volume':
      return { ...image, volumes: [...image.volumes, instruction.path] }
    case 'expose':
      return { ...image, port: instruction.port }
    case 'healthcheck':
      return { ...image, healthCheck: instruction.check }
    case 'cmd':
      return { ...image, command: instruction.command }
    default:
      return instruction satisfies never
  }
}

const copy = async (instruction: Instruction & { kind: 'copy' }, image: Image, world: World): Promise<void> => {
  const { from, sources, target } = instruction
  const inRoot = join(image.root, resolve(image.folder, target))
  for (const source of sources) {
    const destination = (isFolder: boolean) =>
      target.endsWith('/') && !isFolder ? join(inRoot, basename(source)) : inRoot
    if (from.kind === 'context') {
      const path = join(world.context, source)
      await copyFromContext(path, destination((await lstat(path)).isDirectory()), world)
      continue
    }
    const root = world.roots.get(from.name)
    if (root === undefined) throw new Error(`there is no earlier stage "${from.name}"`)
    const path = join(root, source)
    await copyFromStage(path, destination((await lstat(path)).isDirectory()))
  }
}

/** Everything that `.dockerignore` lets through; owned by root, as an engine does it. */
const copyFromContext = async (source: string, target: string, { context, mayCopy }: World): Promise<void> => {
  const isFolder = (await lstat(source)).isDirectory()
  const below = isFolder ? await readdir(source, { recursive: true, withFileTypes: true }) : []
  const files = isFolder
    ? below.filter((one) => !one.isDirectory()).map((one) => join(one.parentPath, one.name))
    : [source]
  const chosen = files.filter((file) => mayCopy(relative(context, file)))
  if (chosen.length === 0) throw new Error(`${relative(context, source)}: .dockerignore lets nothing through`)
  for (const file of chosen) {
    const destination = isFolder ? join(target, relative(source, file)) : target
    await mkdir(dirname(destination), { recursive: true })
    const { mode } = await lstat(file)
    if ((mode & 0o170_000) === 0o120_000) await symlink(await readlink(file), destination)
    else {
      await copyFile(file, destination)
      await chmod(destination, mode & 0o7777)
    }
  }
}

const copyFromStage = async (source: string, target: string): Promise<void> => {
  await mkdir(dirname(target), { recursive: true })
  await must('cp', ['--archive', '--no-target-directory', source, target])
  await must('chown', ['--recursive', '--no-dereference', '0:0', target])
}
