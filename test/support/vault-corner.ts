import { execFile } from 'node:child_process'
import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findOpenBao } from '../../src/demo/openbao-binary.ts'
import type { TestVault } from './openbao.ts'
import { type RawCall, rawCall } from './openbao-calls.ts'

/** An empty namespace of a server, with an administrator's environment and a shell that has the program `bao`. */
export type Corner = {
  readonly namespace: string
  readonly environment: Readonly<Record<string, string>>
  /** Calls as the administrator of the corner. */
  readonly call: RawCall
  readonly folder: string
  /** Runs a script as an operator would; answers with its exit code and output. */
  sh(script: string, path?: string): Promise<{ readonly code: number; readonly out: string; readonly err: string }>
  stop(): Promise<void>
}

let count = 0

/** Makes the namespace and the shell. */
export const newCorner = async (vault: TestVault): Promise<Corner> => {
  const namespace = `corner${++count}`
  const { address, rootToken } = vault.server
  await vault.admin('POST', `sys/namespaces/${namespace}`)
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-corner-'))
  await symlink(await findOpenBao(), join(folder, 'bao'))
  const environment = { BAO_ADDR: address, BAO_TOKEN: rootToken, BAO_NAMESPACE: namespace }
  const call: RawCall = (method, path, body, headers) =>
    rawCall(address, rootToken)(method, path, body, { 'X-Vault-Namespace': namespace, ...headers })
  const sh: Corner['sh'] = async (script, path = `${folder}:${process.env.PATH}`) => {
    const running = promisify(execFile)('sh', ['-c', script], {
      env: { PATH: path, HOME: folder, ...environment },
      cwd: folder,
    })
    return running.then(
      ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
      (error: { code: number; stdout: string; stderr: string }) => ({
        code: error.code,
        out: error.stdout,
        err: error.stderr,
      }),
    )
  }
  return { namespace, environment, call, folder, sh, stop: () => rm(folder, { recursive: true, force: true }) }
}
