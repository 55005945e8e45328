import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { ConfigFile } from '../../src/config/schema.ts'
import { type Debian, sizeOf } from './base-root.ts'
import type { Image } from './build.ts'
import { type Checklist, expect, expectNone } from './checklist.ts'
import { must } from './programs.ts'

type Subject = { readonly image: Image; readonly debian: Debian; readonly context: string; readonly checks: Checklist }

const megabyte = 1_000_000
const limit = 330 * megabyte

const Lock = z.object({
  version: z.string(),
  packages: z.record(
    z.string(),
    z.object({
      dev: z.boolean().default(false),
      optional: z.boolean().default(false),
      devOptional: z.boolean().default(false),
    }),
  ),
})

/** What is in the image, and what must not be. */
export const checkContent = async (subject: Subject): Promise<void> => {
  await checkWeight(subject)
  await checkPackages(subject)
  await checkFiles(subject)
  await checkRights(subject)
  await checkDescription(subject)
}

const checkWeight = async ({ image: { root }, debian, checks }: Subject): Promise<void> => {
  await checks.that('it weighs 330 MB at most, unpacked and without Teams', async () => {
    const [total, base, app] = await Promise.all([root, debian.path, join(root, 'app')].map(sizeOf))
    const node = await sizeOf(join(root, 'usr/local/bin/node'))
    const full = (await sizeOf(root)) + debian.unslimmed - (await sizeOf(debian.path))
    const parts = [
      `base root ${inMegabytes(base)}`,
      `Node ${inMegabytes(node)}`,
      `app ${inMegabytes(app)} (of it node_modules ${inMegabytes(await sizeOf(join(root, 'app/node_modules')))})`,
    ]
    expect((total ?? 0) <= limit, `${inMegabytes(total)}: ${parts.join(', ')}`)
    return `${inMegabytes(total)}: ${parts.join(', ')}; on a full minbase ${inMegabytes(full)}`
  })
}

const checkPackages = async ({ image: { root }, context, checks }: Subject): Promise<void> => {
  const lock = Lock.parse(JSON.parse(await readFile(join(context, 'package-lock.json'), 'utf8')))
  const packages = Object.entries(lock.packages).filter(([path]) => path !== '')
  const isAbsent = ({ dev, optional, devOptional }: (typeof packages)[number][1]) => dev || optional || devOptional

  await checks.that('every package that Latchkey needs is there', () => {
    const needed = packages.filter(([, one]) => !isAbsent(one)).map(([path]) => path)
    expectNone(
      needed.filter((path) => !existsSync(join(root, 'app', path))),
      'missing',
    )
    return `${needed.length} packages`
  })
  await checks.that('no package is there that only developers, Teams or other machines need', async () => {
    const unwanted = packages.filter(([, one]) => isAbsent(one)).map(([path]) => path)
    expectNone(
      unwanted.filter((path) => existsSync(join(root, 'app', path))),
      'there',
    )
    const known = new Set(packages.map(([path]) => path))
    expectNone(
      (await packagesBelow(join(root, 'app'))).filter((path) => !known.has(path)),
      'not in the lock file',
    )
    return `${unwanted.length} of the lock file left out`
  })
}

const checkFiles = async ({ image: { root }, checks }: Subject): Promise<void> => {
  await checks.that('no Teams library, simulator, demo, test or package manager is there', () => {
    const unwanted = [
      ...[
        'app/node_modules/@microsoft',
        'app/node_modules/botbuilder',
        'app/src/simulator',
        'app/src/demo',
        'app/test',
      ],
      ...['app/.git', 'app/.npmrc', 'root/.npm', 'opt/yarn', 'usr/local/lib/node_modules'],
      ...['npm', 'npx', 'corepack', 'yarn'].map((name) => `usr/local/bin/${name}`),
    ]
    expectNone(
      unwanted.filter((path) => existsSync(join(root, path))),
      'there',
    )
    return undefined
  })
  await checks.that('nothing of the machine that built it is there', async () => {
    for (const file of ['etc/resolv.conf', 'etc/hosts', 'etc/hostname', 'etc/machine-id']) {
      expect((await readFile(join(root, file), 'utf8')) === '', `${file} is not empty`)
    }
    expectNone(await readdir(join(root, 'dev')).then((all) => all.filter((name) => name.endsWith('.pem'))), 'in /dev')
    return undefined
  })
}

const checkRights = async ({ image: { root, user }, checks }: Subject): Promise<void> => {
  await checks.that('its user can change nothing but /data and the folders for temporary files', async () => {
    const { uid, gid } = user
    const mine = ['(', '-uid', `${uid}`, '-o', '-gid', `${gid}`, '-o', '-perm', '-o=w', ')']
    const found = await must('find', [root, '-xdev', ...mine, '!', '-type', 'l', '-printf', '/%P\n'])
    const allowed = /^(\/(data|tmp|var\/tmp|run\/lock|dev\/.*)?)?$/
    expectNone(
      found.split('\n').filter((path) => !allowed.test(path)),
      'writable',
    )
    return undefined
  })
  await checks.that('no program gives more rights than its caller has', async () => {
    const found = await must('find', [root, '-xdev', '-type', 'f', '-perm', '/6000', '-printf', '/%P\n'])
    expectNone(found.split('\n').filter(Boolean), 'setuid or setgid')
    return undefined
  })
}

const checkDescription = async ({ image: { labels, environment, port }, context, checks }: Subject): Promise<void> => {
  await checks.that('its labels say what it is', async () => {
    const { version } = Lock.parse(JSON.parse(await readFile(join(context, 'package-lock.json'), 'utf8')))
    expect(labels['org.opencontainers.image.version'] === version, `the version must be ${version}`)
    expect(labels['org.opencontainers.image.licenses'] === 'Apache-2.0', 'the licence must be Apache-2.0')
    return undefined
  })
  await checks.that('it says in which file each credential is looked for, and which port is published', async () => {
    const names = await credentialNames(context)
    expectNone(
      names.filter((name) => !environment[`${name}_FILE`]?.startsWith('/run/secrets/')),
      'no _FILE in ENV',
    )
    const { port: usual } = ConfigFile.shape.listen.parse(undefined)
    expect(port === usual, `EXPOSE must be ${usual}`)
    return names.join(', ')
  })
}

const chats = ['slack', 'teams']

/** Every credential that the configuration reads from the environment. */
export const credentialNames = async (context: string): Promise<readonly string[]> => {
  const readers = ['src/config/read.ts', ...chats.map((chat) => `src/chat/${chat}/settings.ts`)]
  const found = readers.map(async (file) => {
    const source = await readFile(join(context, file), 'utf8')
    const names = [...source.matchAll(/\bsecret(?:Of)?\(\s*'([A-Z_]+)'/g)].map(([, name = '']) => name)
    expect(names.length > 0, `${file} names no credential: this check no longer understands it`)
    return names
  })
  return [...new Set((await Promise.all(found)).flat())]
}

const inMegabytes = (bytes = 0): string => `${(bytes / megabyte).toFixed(1)} MB`

/** Every installed package, as the lock file names it. */
const packagesBelow = async (folder: string): Promise<readonly string[]> => {
  const modules = join(folder, 'node_modules')
  if (!existsSync(modules)) return []
  const names = (await readdir(modules)).filter((name) => !name.startsWith('.'))
  const scoped = names.filter((name) => name.startsWith('@'))
  const all = [
    ...names.filter((name) => !name.startsWith('@')),
    ...(
      await Promise.all(
        scoped.map(async (scope) => (await readdir(join(modules, scope))).map((one) => `${scope}/${one}`)),
      )
    ).flat(),
  ]
  const below = await Promise.all(
    all.map(async (name) => (await packagesBelow(join(modules, name))).map((path) => `node_modules/${name}/${path}`)),
  )
  return [...all.map((name) => `node_modules/${name}`), ...below.flat()]
}
