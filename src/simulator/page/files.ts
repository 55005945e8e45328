import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const types = { js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8' }

const read = (name: string, kind: keyof typeof types) =>
  [name, { type: types[kind], body: readFileSync(join(import.meta.dirname, name), 'utf8') }] as const

/** The page's own script and styles by file name. */
export const pageFiles = new Map([
  read('page.js', 'js'),
  read('ask.js', 'js'),
  read('chooser.js', 'js'),
  read('patch.js', 'js'),
  read('talk.js', 'js'),
  read('typeahead.js', 'js'),
  read('style.css', 'css'),
  read('layout.css', 'css'),
  read('side.css', 'css'),
  read('blocks.css', 'css'),
  read('modal.css', 'css'),
])
