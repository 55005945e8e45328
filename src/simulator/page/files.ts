import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

const types = { js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8' }

/** A script or style of a page. */
export type PageFile = { readonly type: string; readonly body: string }

/** Reads scripts and styles; each is served under its own name. */
export const readFiles = (folder: string, names: readonly string[]): [string, PageFile][] =>
  names.map((name) => {
    const type = name.endsWith('.js') ? types.js : types.css
    return [basename(name), { type, body: readFileSync(join(folder, name), 'utf8') }]
  })

/** What every page of a simulated chat needs. */
export const commonFiles = readFiles(import.meta.dirname, [
  ...['chooser.js', 'columns.js', 'patch.js', 'talk.js', 'typeahead.js'],
  ...['style.css', 'layout.css', 'side.css', 'messages.css', 'modal.css'],
])
