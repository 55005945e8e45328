import { allMounts, mountsOf } from '../engines.ts'
import { giftFault } from './lending.ts'
import type { ContainedSettings } from './settings.ts'

type Given = Parameters<typeof mountsOf>[0] & {
  readonly contained?: ContainedSettings | undefined
  readonly workloads?: unknown
  readonly credentials: unknown
  readonly management: readonly unknown[]
  readonly keyExport: readonly string[]
}
type Fault = { readonly at: readonly PropertyKey[]; readonly message: string }

const writes = 'a bot that only lends policies (contained) writes none, so'

/** What the configuration of a bot that only lends must not ask for, and gifts that make no rules. */
export const containedFaults = (given: Given): readonly Fault[] => {
  const { contained, credentials, workloads, management, keyExport } = given
  if (!contained) return []
  const mounts = mountsOf(given)
  const gifts = contained.policies.flatMap(({ gives = [] }, index) =>
    gives.map((gift, place) => ({ gift, at: ['contained', 'policies', index, 'gives', place] })),
  )
  const strays = gifts.flatMap(({ gift, at }): readonly Fault[] => {
    const fault = giftFault(gift, mounts)
    return fault ? [{ at: [...at, ...fault.at], message: fault.message }] : []
  })
  // Another path could be the rights themselves, those of a namespace beneath this one.
  const elsewhere = contained.policies.flatMap(({ rules = {} }, index) =>
    Object.keys(rules)
      .filter((path) => !allMounts(mounts).some((mount) => path.startsWith(`${mount}/`)))
      .map((path): Fault => {
        const at = ['contained', 'policies', index, 'rules', path]
        return { at, message: 'begin with one of the mounts on offer' }
      }),
  )
  const exports = gifts.filter(({ gift }) => gift.type === 'key' && gift.permissions.includes('export'))
  const isLent = (pattern: string) =>
    contained.policies.some(({ rules }) => rules) ||
    exports.some(({ gift }) => pattern.split('/')[0] === gift.path.split('/')[0])
  return [
    ...(credentials === 'remote'
      ? [{ at: ['credentials'], message: 'a connector beside the vault cannot lend yet: give credentials here' }]
      : []),
    ...(workloads ? [{ at: ['workloads'], message: `${writes} workloads get no roles: leave this out` }] : []),
    ...(management.length > 0
      ? [{ at: ['management'], message: `${writes} folders cannot be managed: leave this out` }]
      : []),
    ...keyExport.flatMap((pattern, index) =>
      isLent(pattern)
        ? []
        : [{ at: ['keyExport', index], message: 'no lent policy gives export there: lend it, or leave this out' }],
    ),
    ...strays,
    ...elsewhere,
  ]
}
