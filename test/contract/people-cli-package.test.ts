import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { node22Program, type PackedCli, packCli } from '../support/packed-cli.ts'
import { newMachine, runPeopleProcess } from '../support/people-cli.ts'

/** The package that people install. */
let packed: PackedCli
let node22: string
beforeAll(async () => {
  ;[packed, node22] = await Promise.all([packCli(), node22Program()])
})
afterAll(() => packed?.remove())

const filesIn = async (folder: string): Promise<readonly string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((one) => one.isFile())
    .map((one) => join(one.parentPath, one.name).slice(folder.length + 1))

test('contains compiled code and nothing else, is small, and runs no script at its installation', async () => {
  const files = await filesIn(packed.folder)
  expect(files.filter((file) => !file.startsWith('dist/')).toSorted()).toEqual(['LICENSE', 'README.md', 'package.json'])
  expect(files.filter((file) => file.startsWith('dist/') && !file.endsWith('.js'))).toEqual([])
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(packed.folder, file))).size))
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(1_000_000)
  const about = JSON.parse(await readFile(join(packed.folder, 'package.json'), 'utf8'))
  expect(about).not.toHaveProperty('scripts')
  expect(about).not.toHaveProperty('dependencies')
  for (const version of Object.values(about.optionalDependencies)) expect(version).toMatch(/^\d+\.\d+\.\d+$/)
})

test.each(['the Node of this checkout', 'Node 22'])('runs on %s', async (which) => {
  const node = which === 'Node 22' ? node22 : process.execPath
  const machine = await newMachine()
  const run = (...line: string[]) => runPeopleProcess(machine, line, { program: [node, packed.bin] })
  expect(await run('--version')).toEqual({ code: 0, out: '0.1.0\n', err: '' })
  expect(await run('help', 'vault', 'fetch')).toMatchObject({
    code: 0,
    err: '',
    out: expect.stringContaining('--field'),
  })
  expect(await run('vault', 'fetch', 'kv/apps/db')).toMatchObject({ code: 3, err: expect.stringContaining('sign-in') })
  expect(await run('sign-in', '--server', 'http://127.0.0.1:1')).toMatchObject({ code: 7 })
})
