import type { Refusal } from '../domain/refusal.ts'
import type { Workload, WorkloadFault, WorkloadOffer, WorkloadWish } from '../domain/workload.ts'
import type { Input } from './view-model.ts'

/** The fields about who uses an access, as filled in so far. */
export type WorkloadDraft = {
  /** `me`, a kind, or a kind with the mount of its login, such as `kubernetes:production`. */
  readonly usedBy: string
  readonly namespace?: string | undefined
  readonly serviceAccount?: string | undefined
  readonly claims?: string | undefined
  readonly networks?: string | undefined
}

/** The names of these fields. */
export const workloadFields = ['usedBy', 'namespace', 'serviceAccount', 'claims', 'networks'] as const
type Field = (typeof workloadFields)[number]

export const me = 'me'

/** The kind and the mount of a choice. */
const choiceIn = (usedBy: string): { readonly kind: string; readonly mount: string } => {
  const [kind = me, ...rest] = usedBy.split(':')
  return { kind, mount: rest.join(':') }
}

/** Asks who uses the access, and what that choice needs. Nothing is asked where only people get access. */
export const workloadInputs = (offer: WorkloadOffer | undefined, draft: WorkloadDraft = { usedBy: me }): Input[] => {
  if (!offer) return []
  const options = optionsOf(offer)
  const usedBy = options.some(({ value }) => value === draft.usedBy) ? draft.usedBy : me
  const who: Input = {
    ...{ name: 'usedBy', label: 'Who uses it', kind: 'select', options, value: usedBy, reloads: true },
    hint: hintOf(choiceIn(usedBy).kind),
  }
  return [who, ...moreOf(offer, { ...draft, usedBy })]
}

const optionsOf = ({ approle, kubernetes, jwt }: WorkloadOffer) => [
  { label: 'Me', value: me },
  ...kubernetes.map(({ mount, label }) => ({ label: `A service account in ${label}`, value: `kubernetes:${mount}` })),
  ...jwt.map(({ mount, label }) => ({ label: `A pipeline of ${label}`, value: `jwt:${mount}` })),
  ...(approle
    ? [
        { label: 'A job that logs in once', value: 'job' },
        { label: 'A service with an AppRole', value: 'approle' },
      ]
    : []),
]

const hints: ReadonlyMap<string, string> = new Map([
  ['kubernetes', 'Everybody who may start pods in its namespace can use it. You stay answerable.'],
  ['jwt', 'Everybody who may run or change such a pipeline can use it. You stay answerable.'],
  ['job', 'You fetch a role_id, and a secret_id that logs in once. You stay answerable.'],
  ['approle', 'Only for what can log in neither as a service account nor as a pipeline. You stay answerable.'],
])

const hintOf = (kind: string): string => hints.get(kind) ?? 'You fetch a token for yourself.'

const moreOf = (
  offer: WorkloadOffer,
  { usedBy, namespace, serviceAccount, claims, networks }: WorkloadDraft,
): Input[] => {
  const { kind, mount } = choiceIn(usedBy)
  if (kind === 'kubernetes') {
    const names = offer.kubernetes.find((one) => one.mount === mount)?.namespaces ?? []
    const chosen = names.find((name) => name === namespace) ?? (names.length === 1 ? names[0] : undefined)
    return [
      {
        ...{ name: 'namespace', label: 'Namespace', kind: 'select', scope: mount },
        options: names.map((name) => ({ label: name, value: name })),
        ...(chosen !== undefined && { value: chosen }),
      },
      line('serviceAccount', 'Service account', 'Its exact name, without wildcards.', serviceAccount, 'payments'),
    ]
  }
  if (kind === 'jwt') {
    const named = offer.jwt.find((one) => one.mount === mount)?.claims ?? []
    return [
      {
        ...{ name: 'claims', label: 'What its token says', kind: 'paragraph', min: 1, max: 1000 },
        hint: 'One claim a line, with its exact value; ref or environment is needed. Empty ones are left out.',
        value: claims ?? named.map((claim) => `${claim}=`).join('\n'),
      },
    ]
  }
  if (kind === 'approle')
    return [line('networks', 'From which networks', 'Several with spaces between them.', networks, '10.20.0.0/16')]
  return []
}

const line = (name: Field, label: string, hint: string, value: string | undefined, example: string): Input => ({
  ...{ name, label, hint, kind: 'paragraph', isLine: true, min: 1, max: 300, placeholder: `For example: ${example}` },
  ...(value && { value }),
})

/** What was filled in, or the empty fields; `undefined` where the requester uses it. */
export const wishIn = (draft: WorkloadDraft): WorkloadWish | undefined | { readonly missing: readonly Field[] } => {
  const { kind, mount } = choiceIn(draft.usedBy)
  switch (kind) {
    case 'job':
      return { kind }
    case 'kubernetes': {
      const { namespace, serviceAccount } = draft
      if (namespace && serviceAccount) return { kind, mount, namespace, serviceAccount }
      return {
        missing: [...(namespace ? [] : ['namespace' as const]), ...(serviceAccount ? [] : ['serviceAccount' as const])],
      }
    }
    case 'jwt':
      return { kind, mount, claims: claimsIn(draft.claims ?? '') }
    case 'approle':
      return { kind, cidrs: (draft.networks ?? '').split(/[\s,;]+/).filter((one) => one !== '') }
    default:
      return undefined
  }
}

/** The claims in the lines; a line without a value is left out, and one without a name names itself. */
const claimsIn = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    text.split('\n').flatMap((each) => {
      const [, name = each.trim(), value = ''] = /^([^=]*)=(.*)$/.exec(each) ?? []
      const isName = !each.includes('=')
      return each.trim() === '' || (!isName && value.trim() === '') ? [] : [[name.trim(), isName ? '?' : value.trim()]]
    }),
  )

/** The fields for an earlier wish. */
export const draftOf = (wish: WorkloadWish | Workload | undefined): WorkloadDraft => {
  switch (wish?.kind) {
    case undefined:
      return { usedBy: me }
    case 'job':
      return { usedBy: wish.kind }
    case 'kubernetes':
      return { ...wish, usedBy: `${wish.kind}:${wish.mount}` }
    case 'jwt': {
      const claims = Object.entries(wish.claims).map(([claim, value]) => `${claim}=${value}`)
      return { usedBy: `${wish.kind}:${wish.mount}`, claims: claims.join('\n') }
    }
    case 'approle':
      return { usedBy: wish.kind, networks: wish.cidrs.join(' ') }
    default:
      return wish satisfies never
  }
}

/** The field beside which a fault stands. */
export const fieldOf = ({ fault }: Extract<Refusal, { code: 'workload-refused' }>): Field => faultFields[fault.why]

const faultFields: { readonly [Why in WorkloadFault['why']]: Field } = {
  'none-offered': 'usedBy',
  'kind-not-offered': 'usedBy',
  'cluster-not-offered': 'usedBy',
  'issuer-not-offered': 'usedBy',
  audience: 'usedBy',
  'people-only': 'usedBy',
  'namespace-not-offered': 'namespace',
  'account-not-exact': 'serviceAccount',
  'no-claims': 'claims',
  'no-ref': 'claims',
  'no-project': 'claims',
  'claim-not-offered': 'claims',
  'claim-not-exact': 'claims',
  'no-networks': 'networks',
  'network-wrong': 'networks',
  'network-wide': 'networks',
  'too-many-networks': 'networks',
}
