import { wayTo } from '../../src/cli/vault/way-to.ts'
import type { RunStep } from '../../src/connectors/vault/durable-file.ts'
import { vaultParams } from '../../src/connectors/vault/params.ts'
import { rotateSecretId } from '../../src/connectors/vault/rotation.ts'

// Renews credentials and kills itself before or after the step that it was told: even numbers before, odd ones after.
const [, , settings = '{}', moment = '-1', owner] = process.argv
let seen = 0
const dieAt = (name: string, now: number): void => {
  if (now !== Number(moment)) return
  process.stdout.write(`${now % 2 === 0 ? 'before' : 'after'} ${name}\n`)
  process.kill(process.pid, 'SIGKILL')
}
const step: RunStep = async (name, work) => {
  const before = seen
  seen += 2
  dieAt(name, before)
  const result = await work()
  dieAt(name, before + 1)
  return result
}
const { ACCOUNT_FOLDER: accountFolder } = process.env
const pod = accountFolder === undefined ? {} : { accountFolder }
const { rotation, close } = wayTo(vaultParams.parse(JSON.parse(settings)), process.env, pod)
await rotateSecretId({ ...rotation(), step, ...(owner !== undefined && { owner }) })
await close()
