import { z } from 'zod'
import { vaultCalls } from '../../connectors/vault/calls.ts'
import { isKv, isTransit, mountsThat } from '../../connectors/vault/engines.ts'
import { addressFault, isOwnAddress } from '../../domain/address.ts'
import { messageOf } from '../../domain/message-of.ts'
import type { Io } from '../io.ts'
import { CliError } from '../trouble.ts'
import { type AdminOptions, openAdmin, openVault } from '../vault/admin.ts'
import { mountPath } from '../vault/settings.ts'
import { type Asker, parts } from './answers.ts'

/** What an operator said about the vault, and what it said itself. */
export type VaultAnswers = {
  readonly address: string
  readonly caFile?: string
  readonly namespace?: string
  readonly kvMounts: readonly string[]
  readonly transitMounts: readonly string[]
  /** Whether an administrator's token is there, so that the vault can be prepared. */
  readonly isAdmin: boolean
}

export type VaultOptions = {
  readonly vault?: string
  readonly caFile?: string
  readonly kv?: readonly string[]
  readonly transit?: readonly string[]
}

type Found = Pick<VaultAnswers, 'address' | 'caFile' | 'namespace' | 'isAdmin'> & {
  /** The mounts of both kinds; absent without a token that may list them. */
  readonly mounts?: { readonly kv: readonly string[]; readonly transit: readonly string[] }
}

/** The first two questions: the vault, and what may be requested there. */
export const askAboutVault = async (ask: Asker, options: VaultOptions, io: Io): Promise<VaultAnswers> => {
  const { environment } = io
  io.note('\n1. The vault. An administrator’s token is read from BAO_TOKEN or VAULT_TOKEN.')
  const { mounts, ...vault } = await ask({
    option: '--vault',
    given: options.vault,
    text: '   Address of the vault',
    proposal: environment.BAO_ADDR || environment.VAULT_ADDR || undefined,
    read: (address) => found(address, options.caFile, ask, io),
  })
  io.note('\n2. What may be requested there.')
  const chosen = async (option: string, kind: string, given: readonly string[] | undefined, usual: readonly string[]) =>
    ask({
      option,
      given: given?.join(','),
      text: `   ${kind}`,
      proposal: usual.join(', ') || 'none',
      read: (text) => {
        const all = text === 'none' ? [] : parts(text).map(mountPath)
        const there = mounts && (option === '--kv' ? mounts.kv : mounts.transit)
        const unknown = there && all.find((one) => !there.includes(one))
        if (unknown === undefined) return all
        throw new CliError(
          `there is no ${kind.replace(/s$/, '')} ${unknown}/; there are: ${there?.join(', ') || 'none'}`,
        )
      },
    })
  const kvMounts = await chosen('--kv', 'KV version 2 mounts', options.kv, mounts?.kv ?? ['kv'])
  const transitMounts = await chosen('--transit', 'Transit mounts', options.transit, mounts?.transit ?? [])
  if (kvMounts.length + transitMounts.length === 0) throw new CliError('nothing may be requested: name a mount')
  return { ...vault, kvMounts, transitMounts }
}

/**
 * Looks at the vault. A certificate that is not trusted leads to the question for its authority, also where a variable
 * names a wrong or absent file.
 */
const found = async (address: string, caFile: string | undefined, ask: Asker, io: Io): Promise<Found> => {
  const fault = addressFault(address)
  if (fault !== undefined) throw new CliError(fault)
  const bare = address.replace(/\/+$/, '')
  try {
    return await looked({ address: bare, ...(caFile !== undefined && { caFile }) }, io)
  } catch (error) {
    if (!/^https:/i.test(bare) || caFile !== undefined) throw new CliError(messageOf(error))
    io.note(`   ${messageOf(error)}`)
    return ask({
      option: '--ca-file',
      text: '   File with the certificate of its authority (PEM)',
      read: (file) => {
        if (file === '') throw new CliError('write the path of a file, or press Ctrl-C')
        return looked({ address: bare, caFile: file }, io)
      },
    })
  }
}

const mountsAnswer = z.record(
  z.string(),
  z.object({ type: z.string(), options: z.record(z.string(), z.string()).nullish() }),
)

const looked = async (options: AdminOptions & { readonly address: string }, io: Io): Promise<Found> => {
  const vault = openVault(options, io)
  try {
    const health = await vaultCalls(vault.send).health()
    const product = health.performance_standby === undefined ? 'OpenBao' : 'HashiCorp Vault'
    if (health.sealed) throw new CliError(`${product} is sealed there: unseal it first`)
    io.note(`   ${product} ${health.version}`)
  } finally {
    await vault.close()
  }
  const { address } = options
  const { namespace, caFile } = vault
  const own = { address, ...(caFile !== undefined && { caFile }), ...(namespace && { namespace }) }
  if (!(io.environment.BAO_TOKEN || io.environment.VAULT_TOKEN)) {
    io.note('   Without a token its mounts cannot be listed, and it cannot be prepared from here.')
    return { ...own, isAdmin: false }
  }
  if (!/^https:/i.test(address) && !isOwnAddress(address)) {
    io.note(
      '   The token is not sent there: plain http shows it to the network. Use https, or prepare the vault there.',
    )
    return { ...own, isAdmin: false }
  }
  const admin = openAdmin(options, io)
  try {
    const mounts = mountsAnswer.parse(await admin.read('sys/mounts'))
    return {
      ...own,
      isAdmin: true,
      mounts: { kv: mountsThat(isKv, mounts), transit: mountsThat(isTransit, mounts) },
    }
  } finally {
    await admin.close()
  }
}
