import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One page of documentation; its path is seen from the top of the repository. */
export type Document = { readonly path: string; readonly text: string }

export const root = join(import.meta.dirname, '../..')

const folders = ['.', '.github', 'manifests', 'src', 'test']

/** Every page for people, wherever it lies; not the change log, and not what packages brought. */
export const documents = (): readonly Document[] =>
  folders
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: folder !== '.', encoding: 'utf8' })
        .filter((file) => /(^|\/)(README|SECURITY)\.md$/.test(file))
        .map((file) => join(folder, file)),
    )
    .toSorted()
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))

/** All pages as one text, for what may stand in any of them. */
export const allText = (): string =>
  documents()
    .map(({ text }) => text)
    .join('\n')
