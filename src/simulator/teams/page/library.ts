import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { PageFile } from '../../page/files.ts'

/** The bundle of `adaptivecards` for browsers, from its own package. */
const bundle = 'adaptivecards/dist/adaptivecards.min.js'

let read: PageFile | undefined

/** Microsoft's library that draws cards, under the name in the page. Throws an Error that says how to get it. */
export function cardLibrary(): readonly [string, PageFile] {
  read ??= { type: 'text/javascript; charset=utf-8', body: readFileSync(pathOf(), 'utf8') }
  return ['adaptivecards.js', read]
}

function pathOf(): string {
  try {
    return createRequire(import.meta.url).resolve(bundle)
  } catch (cause) {
    const remedy = 'Install it with "npm ci", without --omit=optional.'
    throw new Error(`The page of the simulated Teams needs the package adaptivecards. ${remedy}`, { cause })
  }
}
