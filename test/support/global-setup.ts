import { join } from 'node:path'
import { findOpenBao } from '../../src/demo/openbao-binary.ts'
import { ensureChromium } from './browser.ts'

/** What must be there before any test runs; each part says what it does, or fails with the remedy. None is skipped. */
export async function setup(): Promise<void> {
  // Tests start many processes of ours, each of which finds compiled what an earlier one compiled.
  process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, '../../.cache/compiled')
  const say = (line: string) => process.stderr.write(`${line}\n`)
  await findOpenBao(say)
  await ensureChromium(say)
}
