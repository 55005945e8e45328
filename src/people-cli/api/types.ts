import type { Item } from '../safe/content.ts'

/** What the API answers; only the fields that commands use. Times are ISO 8601. */
export type Me = {
  readonly person: Person
  readonly rights: 'own' | 'all'
  readonly session?: string
  readonly vaults: readonly VaultInfo[]
}
export type VaultInfo = {
  readonly id: string
  readonly name: string
  readonly address?: string
  readonly namespace?: string
  readonly mounts?: readonly string[]
  readonly durations?: readonly number[]
}
export type Resource = {
  readonly id: string
  readonly vault: string
  readonly type: string
  readonly path: string
  readonly permissions: readonly string[]
  readonly owner?: string
  readonly obstacle?: string
}
export type Person = { readonly id: string; readonly name: string }
export type Decision = {
  readonly by: Person
  readonly verdict: 'approve' | 'deny'
  readonly note?: string
  readonly duration?: number
  readonly at: string
}
export type AccessRequest = {
  readonly id: string
  readonly state: 'pending' | 'approved' | 'denied' | 'cancelled' | 'expired'
  readonly vault: string
  readonly requester: Person
  readonly items: readonly (Item & { readonly state?: string; readonly asked?: readonly string[] })[]
  /** What of it goes on after the end of the access. */
  readonly outlasts?: readonly string[]
  readonly reason: string
  readonly duration: number
  readonly submittedAt: string
  readonly decideBy?: string
  readonly revision: number
  readonly waitsFor: readonly { readonly owners: readonly string[]; readonly items: readonly number[] }[]
  readonly decisions: readonly Decision[]
  readonly extends?: string
  readonly grant?: Grant
  /** For whoever may decide now: the policy of their items. */
  readonly plan?: { readonly document: string; readonly hash: string; readonly items: readonly number[] }
}
export type Grant = {
  readonly id: string
  readonly request: string
  readonly vault: string
  readonly state: 'provisioning' | 'active' | 'revoking' | 'ended'
  readonly items: readonly Item[]
  readonly since?: string
  readonly expiresAt?: string
  readonly endedAt?: string
  readonly because?: string
  readonly trouble?: { readonly code: string }
  readonly usage?: {
    readonly address: string
    readonly namespace?: string
    readonly commands?: readonly string[]
    readonly outlasts?: readonly string[]
    readonly ways?: readonly { readonly kind: string; readonly title: string; readonly text: string }[]
  }
}
type Identity = { readonly id: string; readonly name: string }
export type ControlGroup = {
  readonly id: string
  readonly vault: string
  readonly state: 'pending' | 'authorised' | 'denying' | 'denied' | 'expired' | 'gone'
  readonly path: string
  readonly operation: string
  readonly requester: Identity & { readonly person?: Person }
  readonly expiresAt: string
  readonly groups: readonly string[]
  readonly deciders: readonly Person[]
  readonly mayDecide: boolean
  readonly approvals: readonly Identity[]
  readonly denied?: { readonly by: Person; readonly note: string }
}
export type Authorisation = {
  readonly commands: readonly string[]
  readonly address: string
  readonly accessor: string
}
export type Page<T> = { readonly items: readonly T[]; readonly next?: string }
export type Redeemed = {
  readonly wrappingToken: string
  /** For a job or service: the wrapping token holds a secret_id. */
  readonly appRole?: { readonly roleId: string; readonly mount: string }
  readonly address: string
  readonly namespace?: string
  readonly until: string
  readonly items: readonly Item[]
  readonly grant: string
  readonly vault: string
}
