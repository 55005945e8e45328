import { isNetwork, isWide } from './network.ts'
import { isOfProject, namesProject } from './pipeline.ts'
import { accept, type Outcome, type Refusal, refuse } from './refusal.ts'

/** Who uses an access instead of its requester. Frozen at submission, and part of the plan's hash. */
export type Workload =
  /** A wrapped secret_id that logs in once. */
  | { readonly kind: 'job' }
  | (ServiceAccount & { readonly kind: 'kubernetes'; readonly audience: string })
  | (Claims & { readonly kind: 'jwt'; readonly audience: string })
  /** Many logins with one secret_id, which ends with the grant. */
  | { readonly kind: 'approle'; readonly cidrs: readonly [string, ...string[]] }

/** A service account at the Kubernetes login of one cluster. */
export type ServiceAccount = { readonly mount: string; readonly namespace: string; readonly serviceAccount: string }

/** Exact values in the tokens of one issuer. */
export type Claims = { readonly mount: string; readonly claims: Readonly<Record<string, string>> }

/** A workload as people ask for it: the audience is the configuration's. */
export type WorkloadWish =
  | { readonly kind: 'job' }
  | (ServiceAccount & { readonly kind: 'kubernetes' })
  | (Claims & { readonly kind: 'jwt' })
  | { readonly kind: 'approle'; readonly cidrs: readonly string[] }

export type WorkloadKind = Workload['kind']

/** A cluster whose service accounts may get access. */
export type ClusterOffer = {
  readonly mount: string
  readonly audience: string
  readonly namespaces: readonly string[]
  readonly label: string
}

/** An issuer whose tokens may get access, and the claims that a request may name. */
export type IssuerOffer = {
  readonly mount: string
  readonly audience: string
  readonly claims: readonly string[]
  readonly label: string
}

/** What an integration offers to workloads. */
export type WorkloadOffer = {
  /** Jobs and AppRole logins. */
  readonly approle: boolean
  readonly kubernetes: readonly ClusterOffer[]
  readonly jwt: readonly IssuerOffer[]
}

/** Why a workload cannot get access. Each has a sentence in `views/copy-workloads.ts`. */
export type WorkloadFault =
  | About<'none-offered' | 'kind-not-offered' | 'cluster-not-offered' | 'issuer-not-offered' | 'audience'>
  | About<'people-only', { readonly path: string }>
  | About<'namespace-not-offered' | 'no-project', { readonly offered: readonly string[] }>
  | About<'account-not-exact' | 'no-claims' | 'no-ref' | 'no-networks'>
  | About<'claim-not-offered' | 'claim-not-exact', { readonly claim: string }>
  | About<'network-wrong' | 'network-wide', { readonly network: string }>
  | About<'too-many-networks', { readonly most: number }>

/** One variant for each reason. */
type About<Why extends string, More = unknown> = Why extends string ? { readonly why: Why } & More : never

/** At least one of these claims must be exact: without it, any branch of a repository could log in. */
export const decisiveClaims = ['ref', 'environment'] as const

const mostNetworks = 20

/** The workload for a wish, if the integration offers that. Equal wishes give equal workloads. */
export const workloadFor = (wish: WorkloadWish, offer: WorkloadOffer | undefined): Outcome<Workload> => {
  const { value, fault } = offer ? found(wish, offer) : { value: undefined, fault: { why: 'none-offered' } as const }
  return value ? accept(value) : refuse(refusalOf(fault))
}

/** Why a frozen workload is not offered any more. */
export const workloadRefusal = (workload: Workload, offer: WorkloadOffer | undefined): Refusal | undefined => {
  const now = workloadFor(workload, offer)
  if (!now.ok) return now.refusal
  return 'audience' in workload && 'audience' in now.value && workload.audience !== now.value.audience
    ? refusalOf({ why: 'audience' })
    : undefined
}

/** Whether two accesses are used by the same one; without a workload that is the requester. */
export const isSameWorkload = (one: Workload | undefined, other: Workload | undefined): boolean =>
  textOfWorkload(one) === textOfWorkload(other)

/** One line for the audit log and for comparisons: equal workloads have equal text. */
export const textOfWorkload = (workload: Workload | undefined): string => {
  switch (workload?.kind) {
    case undefined:
      return ''
    case 'job':
      return 'job'
    case 'kubernetes':
      return `kubernetes ${workload.mount} ${workload.namespace}/${workload.serviceAccount} audience ${workload.audience}`
    case 'jwt':
      return `jwt ${workload.mount} ${JSON.stringify(sorted(workload.claims))} audience ${workload.audience}`
    case 'approle':
      return `approle ${workload.cidrs.join(' ')}`
    default:
      return workload satisfies never
  }
}

/** The text whose hash a request freezes: a plan's document, and who uses it. */
export const hashedText = (document: string, workload: Workload | undefined): string =>
  workload ? `${document}\n${textOfWorkload(workload)}` : document

/** Whether it gets a role_id and a secret_id, so that there is something to fetch. */
export const isFetched = (workload: Workload | undefined): boolean =>
  workload === undefined || workload.kind === 'job' || workload.kind === 'approle'

const refusalOf = (fault: WorkloadFault): Refusal => ({ code: 'workload-refused', fault })

type Found =
  | { readonly value: Workload; readonly fault?: never }
  | { readonly value?: never; readonly fault: WorkloadFault }

const found = (wish: WorkloadWish, offer: WorkloadOffer): Found => {
  switch (wish.kind) {
    case 'job':
      return offer.approle ? { value: { kind: 'job' } } : { fault: { why: 'kind-not-offered' } }
    case 'kubernetes':
      return account(wish, offer)
    case 'jwt':
      return claimed(wish, offer)
    case 'approle':
      return offer.approle ? networked(wish.cidrs) : { fault: { why: 'kind-not-offered' } }
    default:
      return wish satisfies never
  }
}

/** A DNS name: what Kubernetes accepts as the name of a service account. */
const accountName = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/

const account = (wish: ServiceAccount, { kubernetes }: WorkloadOffer): Found => {
  const { mount, namespace } = wish
  const serviceAccount = wish.serviceAccount.trim()
  const cluster = kubernetes.find((one) => one.mount === mount)
  if (!cluster) return { fault: { why: kubernetes.length === 0 ? 'kind-not-offered' : 'cluster-not-offered' } }
  if (!cluster.namespaces.includes(namespace))
    return { fault: { why: 'namespace-not-offered', offered: cluster.namespaces } }
  if (serviceAccount.length > 253 || !accountName.test(serviceAccount)) return { fault: { why: 'account-not-exact' } }
  return { value: { kind: 'kubernetes', mount, namespace, serviceAccount, audience: cluster.audience } }
}

const claimed = (wish: Claims, { jwt }: WorkloadOffer): Found => {
  const issuer = jwt.find((one) => one.mount === wish.mount)
  if (!issuer) return { fault: { why: jwt.length === 0 ? 'kind-not-offered' : 'issuer-not-offered' } }
  const given = Object.entries(wish.claims).map(([claim, value]) => [claim, value.trim()] as const)
  const named = given.filter(([, value]) => value !== '')
  if (named.length === 0) return { fault: { why: 'no-claims' } }
  for (const [claim, value] of named) {
    if (!issuer.claims.includes(claim)) return { fault: { why: 'claim-not-offered', claim } }
    if (!isExact(value)) return { fault: { why: 'claim-not-exact', claim } }
  }
  if (!named.some(([claim]) => decisiveClaims.some((one) => one === claim))) return { fault: { why: 'no-ref' } }
  const claims = sorted(Object.fromEntries(named))
  if (!namesProject(claims)) return { fault: { why: 'no-project', offered: issuer.claims.filter(isOfProject) } }
  return { value: { kind: 'jwt', mount: wish.mount, audience: issuer.audience, claims } }
}

/** A value that matches only itself, and that people read as such: no wildcard, and nothing invisible. */
const isExact = (value: string): boolean =>
  value.length <= 256 && /^[!-~]+( [!-~]+)*$/.test(value) && !/[*?]/.test(value)

const networked = (wanted: readonly string[]): Found => {
  const [first, ...others] = [...new Set(wanted.map((one) => one.trim()).filter((one) => one !== ''))].sort()
  if (first === undefined) return { fault: { why: 'no-networks' } }
  for (const network of [first, ...others]) {
    if (!isNetwork(network)) return { fault: { why: 'network-wrong', network } }
    if (isWide(network)) return { fault: { why: 'network-wide', network } }
  }
  if (others.length >= mostNetworks) return { fault: { why: 'too-many-networks', most: mostNetworks } }
  return { value: { kind: 'approle', cidrs: [first, ...others] } }
}

const sorted = (claims: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(claims).sort(([one], [other]) => (one < other ? -1 : 1)))
