import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AdminCall, adminCall } from '../../src/demo/admin-call.ts'
import { type OpenBaoServer, startOpenBao } from '../../src/demo/openbao.ts'
import type { PreparedVault } from '../../src/demo/prepare-vault.ts'
import { type Preparation, prepareVault } from './prepare-vault.ts'

/** A real server, prepared as an operator would prepare it, with the root token's calls for arranging tests. */
export type TestVault = {
  readonly server: OpenBaoServer
  readonly prepared: PreparedVault
  readonly admin: AdminCall
  /** Sets a further, separate corner of the same server up, such as another prefix with other rights. */
  prepare(preparation: Partial<Preparation>): Promise<PreparedVault>
  stop(): Promise<void>
}

/** Starts one server for a test file; call `stop` in `afterAll`. `config` is more of the server's file, and `env` says where its program is. Never skipped: without a server program it throws. */
export async function openBao(
  preparation: Partial<Preparation> = {},
  config = '',
  env: NodeJS.ProcessEnv = process.env,
): Promise<TestVault> {
  const server = await startOpenBao({ config, env })
  const folders: string[] = []
  const prepare = (more: Partial<Preparation>) => {
    const credentialsFolder = join(tmpdir(), `latchkey-credentials-${randomUUID()}`)
    folders.push(credentialsFolder)
    return prepareVault({ address: server.address, rootToken: server.rootToken, credentialsFolder, ...more })
  }
  const stop = async () => {
    await server.stop()
    await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })))
  }
  try {
    return { server, prepared: await prepare(preparation), admin: adminCall(server), prepare, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
