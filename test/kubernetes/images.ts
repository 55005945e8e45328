import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { debianRoot } from '../image/base-root.ts'
import { build } from '../image/build.ts'
import { parseDockerfile } from '../image/dockerfile.ts'
import { prepareMachine } from '../image/machine.ts'
import { networkOfThisMachine } from '../image/network.ts'
import { must } from '../image/programs.ts'

/**
 * Makes images on this machine and hands them to the containerd of the cluster's node, because no registry is between.
 * ctr finds that by CONTAINERD_ADDRESS. As root: `npm run images:kubernetes`. Pods need `imagePullPolicy: Never`.
 */
const context = resolve(import.meta.dirname, '../..')
const cache = join(context, '.cache/image')

/** The image of this checkout, as the tests of the charts use it. */
export const latchkeyImage = { repository: 'docker.io/local/latchkey', tag: 'checkout' } as const

/** What an image says about its process. */
export type ImageSettings = {
  readonly command: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly user: { readonly uid: number; readonly gid: number }
  readonly folder: string
}

/** Packs a root as an image of one layer, and imports it. */
export const importImage = async (name: string, root: string, settings: ImageSettings): Promise<void> => {
  const work = join(cache, `pack-${process.pid}`)
  await rm(work, { recursive: true, force: true })
  await mkdir(work, { recursive: true })
  try {
    const layer = join(work, 'layer.tar')
    await must('tar', ['--create', '--file', layer, '--directory', root, '--numeric-owner', '--sort=name', '.'])
    const content = JSON.stringify(imageConfig(settings, await sha256Of(layer)))
    const config = `${createHash('sha256').update(content).digest('hex')}.json`
    await writeFile(join(work, config), content)
    const manifest = [{ Config: config, RepoTags: [name], Layers: ['layer.tar'] }]
    await writeFile(join(work, 'manifest.json'), JSON.stringify(manifest))
    const archive = join(work, 'image.tar')
    await must('tar', ['--create', '--file', archive, '--directory', work, config, 'manifest.json', 'layer.tar'])
    await must('ctr', ['--namespace', 'k8s.io', 'images', 'import', archive])
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

const imageConfig = ({ command, environment, user, folder }: ImageSettings, layer: string) => ({
  architecture: process.arch === 'x64' ? 'amd64' : process.arch,
  os: 'linux',
  config: {
    Cmd: command,
    Env: Object.entries(environment).map(([key, value]) => `${key}=${value}`),
    User: `${user.uid}:${user.gid}`,
    WorkingDir: folder,
  },
  rootfs: { type: 'layers', diff_ids: [`sha256:${layer}`] },
})

/** Carries out the Dockerfile, and imports what comes out. */
export const makeLatchkeyImage = async (say: (line: string) => void): Promise<void> => {
  const { repository, tag } = latchkeyImage
  const stages = parseDockerfile(await readFile(join(context, 'Dockerfile'), 'utf8'))
  await withDebian(say, async (debian, work) => {
    const network = await networkOfThisMachine()
    const image = await build({ context, stages, debian, network, work, say })
    await importImage(`${repository}:${tag}`, image.root, image)
    say(`${repository}:${tag} is at the node.`)
  })
}

/** Lends a minimal Debian and an empty folder beside it. */
export const withDebian = async <T>(
  say: (line: string) => void,
  use: (debian: Awaited<ReturnType<typeof debianRoot>>, work: string) => Promise<T>,
): Promise<T> => {
  await prepareMachine(say)
  process.umask(0o022) // what is made here is read by other users inside
  await mkdir(cache, { recursive: true })
  const work = join(cache, `run-${process.pid}`)
  await mkdir(work)
  try {
    return await use(await debianRoot(cache, say), work)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

const sha256Of = async (file: string): Promise<string> => {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}

if (import.meta.main) await makeLatchkeyImage((line) => console.log(line))
