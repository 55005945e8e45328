import { execFile } from 'node:child_process'
import { chmod, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { onTestFinished } from 'vitest'
import { startOpenBao } from '../../src/demo/openbao.ts'
import { findOpenBao } from '../../src/demo/openbao-binary.ts'
import type { TestVault } from './openbao.ts'
import { type RawCall, rawCall } from './openbao-calls.ts'

/** An empty vault, with an administrator's environment and a shell that has the program `bao`. */
export type Corner = {
  /** Differs from every other corner's. */
  readonly name: string
  /** What a connector's parameters say to be here. */
  readonly at: { readonly internalUrl: string; readonly namespace?: string }
  readonly environment: Readonly<Record<string, string>>
  /** Calls as the administrator of the corner. */
  readonly call: RawCall
  /** Calls here as the holder of a token. */
  as(token: string): RawCall
  /** Names of the policies, in order, without the two that each vault may show by itself. */
  policies(): Promise<readonly string[]>
  readonly folder: string
  /** Runs a script as an operator would; answers with its exit code and output. */
  sh(script: string, path?: string): Promise<{ readonly code: number; readonly out: string; readonly err: string }>
}

let count = 0

/**
 * Makes an empty vault that ends with the running test: a namespace of the server, or another server where the product
 * has no namespaces (HashiCorp Vault's community edition).
 */
export const newCorner = async (vault: TestVault): Promise<Corner> => {
  const name = `corner${++count}`
  const hasNamespaces = vault.server.flavour === 'openbao'
  if (hasNamespaces) await vault.admin('POST', `sys/namespaces/${name}`)
  const server = hasNamespaces ? vault.server : await startOpenBao()
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-corner-'))
  onTestFinished(async () => {
    if (!hasNamespaces) await server.stop()
    await rm(folder, { recursive: true, force: true })
  })
  await installProgram(folder, hasNamespaces)
  const { address, rootToken } = server
  const environment = { BAO_ADDR: address, BAO_TOKEN: rootToken, ...(hasNamespaces && { BAO_NAMESPACE: name }) }
  const as =
    (token: string): RawCall =>
    (method, path, body, headers) =>
      rawCall(address, token)(method, path, body, { ...(hasNamespaces && { 'X-Vault-Namespace': name }), ...headers })
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
  const policies = async () => {
    const names: string[] = (await as(rootToken)('GET', 'sys/policies/acl?list=true')).body.data.keys
    return names.filter((one) => one !== 'default' && one !== 'root').toSorted()
  }
  const at = { internalUrl: address, ...(hasNamespaces && { namespace: name }) }
  return { name, at, environment, call: as(rootToken), as, policies, folder, sh }
}

/** HashiCorp's program reads only its own variables, so it is given those of `bao`. */
const installProgram = async (folder: string, isOpenBao: boolean): Promise<void> => {
  const [program, file] = [await findOpenBao(), join(folder, 'bao')]
  if (isOpenBao) return symlink(program, file)
  await writeFile(file, `#!/bin/sh\nVAULT_ADDR="$BAO_ADDR" VAULT_TOKEN="$BAO_TOKEN" exec '${program}' "$@"\n`)
  await chmod(file, 0o755)
}
