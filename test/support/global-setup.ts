import { findOpenBao } from '../../src/demo/openbao-binary.ts'
import { ensureChromium } from './browser.ts'

/** What must be there before any test runs; each part says what it does, or fails with the remedy. None is skipped. */
export async function setup(): Promise<void> {
  const say = (line: string) => process.stderr.write(`${line}\n`)
  await findOpenBao(say)
  await ensureChromium(say)
}
