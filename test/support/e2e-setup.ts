import { ensureSchemathesis } from './schemathesis.ts'

/** What only the end-to-end tests need. */
export async function setup(): Promise<void> {
  await ensureSchemathesis((line) => process.stderr.write(`${line}\n`))
}
