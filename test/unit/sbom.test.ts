import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { z } from 'zod'

const root = join(import.meta.dirname, '../..')
const read = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'))

const flag = z.boolean().optional()
const entry = z.object({ version: z.string(), dev: flag, devOptional: flag, optional: flag })
type Entry = z.output<typeof entry>
const lock = z.object({ packages: z.record(z.string(), entry) })
type Component = { readonly purl: string; readonly components?: readonly Component[] | undefined }
const component: z.ZodType<Component> = z.looseObject({
  purl: z.string(),
  get components() {
    return z.array(component).optional()
  },
})
const bill = z.looseObject({ bomFormat: z.literal('CycloneDX'), components: z.array(component) })

const everyPurl = (components: readonly Component[]): readonly string[] =>
  components.flatMap(({ purl, components: inside = [] }) => [purl, ...everyPurl(inside)])

test('the bill of materials is valid, and names each package of the image with its version', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sbom-'))
  try {
    const file = join(folder, 'sbom.json')
    // It checks the result by the schema of CycloneDX itself, and fails where that objects.
    await promisify(execFile)('npm', ['run', 'sbom', '--', '--output-file', file], { cwd: root })
    const named = everyPurl(bill.parse(read(file)).components).map((purl) => decodeURIComponent(purl))
    const { packages } = lock.parse(read(join(root, 'package-lock.json')))
    const purls = (isMeant: (entry: Entry) => boolean) =>
      Object.entries(packages)
        .filter(([path, entry]) => path !== '' && isMeant(entry))
        .map(([path, { version }]) => `pkg:npm/${path.split('node_modules/').at(-1)}@${version}`)
    const installed = purls(({ dev, devOptional, optional }) => !dev && !devOptional && !optional)
    expect(installed.filter((purl) => !named.includes(purl))).toEqual([])
    // The lock file cannot tell that an optional peer, or what it needs, is missing in the image.
    const peers = purls(({ dev, devOptional, optional }) => devOptional === true || (optional === true && !dev))
    expect(named.filter((purl) => !installed.includes(purl) && !peers.includes(purl))).toEqual([])
    expect(named.length).toBeGreaterThan(100)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
