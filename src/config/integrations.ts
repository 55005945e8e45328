import { z } from 'zod'
import type { ChatKinds, ConfiguredChat } from '../chat/kind.ts'
import { integrationId } from '../domain/ids.ts'
import type { Integration } from '../domain/integration.ts'
import { lengthText } from '../domain/length.ts'
import type { Platform } from '../domain/platform.ts'
import { channelOf } from './chats.ts'
import type { Meanings } from './meanings.ts'
import { type Problem, problemsIn } from './problems.ts'
import type { ConfigFileContent } from './schema.ts'

/** The schema of the settings of each connector. */
export type ConnectorSettings = Readonly<Record<string, z.ZodType>>

export type ConfiguredIntegration = {
  readonly integration: Integration
  readonly kind: string
  /** The settings of that connector, as its own schema parsed them. */
  readonly params: unknown
}

type Given = {
  readonly chats: ReadonlyMap<Platform, ConfiguredChat>
  readonly kinds: ChatKinds
  readonly paramsOf: ConnectorSettings
  readonly meanings: Meanings
  readonly complain: (path: readonly PropertyKey[], message: string) => void
}

/** The integrations of the file, each with the settings of its connector. Complains of every mistake in them. */
export const configuredIntegrations = (
  all: ConfigFileContent['integrations'],
  { paramsOf, meanings, complain, ...border }: Given,
): readonly ConfiguredIntegration[] =>
  all.map((given, index) => {
    const path = ['integrations', index]
    const { vault, name, owner, resourceOwner, durations, accessDetails, channel: setting, ...shared } = given
    const badChannel = (message: string) => complain([...path, 'channel'], message)
    const channel = setting && channelOf(setting, { ...border, complain: badChannel })
    const params = paramsOf.vault?.safeParse(vault)
    for (const { path: at, message } of vaultProblems(params, vault, meanings, index)) complain(at, message)
    if (all.findIndex((other) => other.name === name) !== index) {
      complain([...path, 'name'], `"${name}" is used twice; every integration needs a name of its own`)
    }
    const tooLong = certificateFault(params?.data, durations)
    if (tooLong !== undefined) complain([...path, 'vault', 'certificateLife'], tooLong)
    const [first, ...others] = [...new Set(durations)].sort((one, other) => one - other)
    const integration: Integration = {
      ...shared,
      id: integrationId(name),
      owners: owner,
      durations: first === undefined ? [shared.decideWithin] : [first, ...others],
      ...(resourceOwner && { resourceOwner }),
      ...(accessDetails && { accessDetails }),
      ...(channel && { channel }),
    }
    return { integration, kind: 'vault', params: params?.data }
  })

const certificates = z.object({
  certificateLife: z.number(),
  sshMounts: z.array(z.string()),
  pkiMounts: z.array(z.string()),
})

/** A certificate may outlast its access by its whole life, which therefore must not exceed what anybody approves. */
const certificateFault = (params: unknown, durations: readonly number[]): string | undefined => {
  const { data } = certificates.safeParse(params)
  const shortest = Math.min(...durations)
  if (!data || data.sshMounts.length + data.pkiMounts.length === 0 || data.certificateLife <= shortest) return undefined
  return `a certificate may outlast an access by this; write at most ${lengthText(shortest)}, the shortest of durations`
}

/** Checks the vaults even when the file has other mistakes, so that one run lists everything. */
export const problemsOfVaults = (
  content: unknown,
  paramsOf: ConnectorSettings,
  meanings: Meanings,
): readonly Problem[] => {
  const vaults = z.object({ integrations: z.array(z.object({ vault: z.unknown().optional() })) }).safeParse(content)
  return (vaults.data?.integrations ?? []).flatMap(({ vault }, index) =>
    vaultProblems(paramsOf.vault?.safeParse(vault), vault, meanings, index),
  )
}

const vaultProblems = (
  params: z.ZodSafeParseResult<unknown> | undefined,
  vault: unknown,
  meanings: Meanings,
  index: number,
): readonly Problem[] =>
  params?.success === false ? problemsIn(params.error, vault, meanings, ['integrations', index, 'vault']) : []
