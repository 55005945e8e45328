import { setTimeout as delay } from 'node:timers/promises'

/** Asks again and again until the answer is yes; throws when the limit (milliseconds) is over. */
export async function until(question: () => boolean | Promise<boolean>, limit = 10_000): Promise<void> {
  const deadline = Date.now() + limit
  while (!(await question())) {
    if (Date.now() > deadline) throw new Error(`It did not happen within ${limit} ms: ${question}`)
    await delay(20)
  }
}
