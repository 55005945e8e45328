import type { AccessRequest } from '../domain/access-request.ts'
import type { WorkloadLogin } from '../domain/credential.ts'
import type { Refusal } from '../domain/refusal.ts'
import { decisiveClaims, type Workload, type WorkloadFault } from '../domain/workload.ts'
import type { Named, Subject } from './copy-states.ts'
import type { Text } from './view-model.ts'

type Coded<Code extends Refusal['code']> = Extract<Refusal, { code: Code }>
type Faults = { [Why in WorkloadFault['why']]: Extract<WorkloadFault, { why: Why }> }
type Sentences = { [Why in keyof Faults]: (fault: Faults[Why]) => Text }
/** A fault whose reason names its own sentence, so that the two cannot be mixed up. */
type Fault<Why extends keyof Faults = keyof Faults> = { [Each in Why]: { readonly why: Each } & Faults[Each] }[Why]

/** Names, with commas between them. */
const listed = (names: readonly string[]): Text =>
  names.flatMap((name, index) => [...(index === 0 ? [] : [', ']), { code: name }])

const whichRef = decisiveClaims.join(' or ')

const faultText = {
  'none-offered': () => ['This vault gives access to people only. Pick “me”, or ask the owners of the integration.'],
  'kind-not-offered': () => ['This vault does not offer that kind of workload. Pick another one from the list.'],
  'cluster-not-offered': () => ['This vault lets no service account of that cluster in. Pick a cluster from the list.'],
  'issuer-not-offered': () => ['This vault lets no pipeline of that issuer in. Pick an issuer from the list.'],
  audience: () => [
    'The audience of this login was changed since, so nobody gets access by it. Ask again: the owners then see the new one.',
  ],
  'namespace-not-offered': ({ offered }) => [
    'Access is offered to service accounts in ',
    ...listed(offered),
    ' only. Pick one of these namespaces.',
  ],
  'people-only': ({ path }) => [
    'Only people get ',
    { code: path },
    ': its end must end each token, and Latchkey does not know the tokens of workloads.',
  ],
  'account-not-exact': () => [
    'Write the exact name of one service account, such as ',
    { code: 'payments' },
    ': lower-case letters, digits, “-” and “.”, no wildcard.',
  ],
  'no-claims': () => [`Write what the pipeline’s token must say, at least its ${whichRef}.`],
  'no-ref': () => [`Write the exact ${whichRef} too: without it, every branch and every pull request could log in.`],
  'no-project': ({ offered }) => [
    'Say whose pipeline it is too: without that, every project of this issuer could log in. Write ',
    ...listed(offered),
    '.',
  ],
  'claim-not-offered': ({ claim }) => [
    'The claim ',
    { code: claim },
    ' is not offered for this issuer. Leave it out, or ask the owners of the integration.',
  ],
  'claim-not-exact': ({ claim }) => [
    'Write the exact value of ',
    { code: claim },
    ': up to 256 plain characters, without “*” and “?”.',
  ],
  'no-networks': () => [
    'Write the networks from which it logs in, such as ',
    { code: '10.20.0.0/16' },
    '. Without one, a copied secret_id would work from everywhere.',
  ],
  'network-wrong': ({ network }) => [
    'This is not a network: ',
    { code: network },
    '. Write it with its length, such as ',
    { code: '10.20.0.0/16' },
    '.',
  ],
  'network-wide': ({ network }) => [
    'This network is too large to keep anybody out: ',
    { code: network },
    '. Write networks of at least /8, or /16 for IPv6.',
  ],
  'too-many-networks': ({ most }) => [`Write ${most} networks at most.`],
} satisfies Sentences

const sentenceOf = <Why extends keyof Faults>(fault: Fault<Why>): Text => {
  const sentences: Sentences = faultText
  const why: Why = fault.why
  return sentences[why](fault)
}

/** What is said about a workload that cannot get access, and about a credential that nobody can fetch. */
export const workloadRefusals = {
  'workload-refused': ({ fault }: Coded<'workload-refused'>): Text => sentenceOf(fault),
  'nothing-to-fetch': (): Text => [
    'There is nothing to fetch: the workload logs in at the vault by itself. The card and the page say how.',
  ],
}

/** Who uses an access, in few words. */
export const workloadText = (workload: Workload): Text => {
  switch (workload.kind) {
    case 'job':
      return ['a job that logs in once']
    case 'kubernetes':
      return [
        ...['service account ', { code: workload.serviceAccount }, ' in namespace '],
        ...[{ code: workload.namespace }, ', logging in at ', { code: workload.mount }],
      ]
    case 'jwt':
      return ['pipelines with ', ...claimsText(workload.claims), ', logging in at ', { code: workload.mount }]
    case 'approle':
      return ['a service that logs in by AppRole from ', ...listed(workload.cidrs)]
    default:
      return workload satisfies never
  }
}

/** The same as the continuation of what is asked for. */
export const forWorkload = ({ workload }: Pick<AccessRequest, 'workload'>): Text =>
  workload ? [', used by ', ...workloadText(workload)] : []

/** Who uses it, and who stays answerable. */
export const usedByLines = ({ request }: Pick<Subject, 'request'>, named: Named): Text[] => {
  const { requester, workload } = request
  const who = named(requester)
  return workload
    ? [
        [
          'Used by ',
          ...workloadText(workload),
          '. ',
          who === 'you' ? 'You stay' : who,
          who === 'you' ? '' : ' stays',
          ' answerable.',
        ],
      ]
    : []
}

const claimsText = (claims: Readonly<Record<string, string>>): Text =>
  Object.entries(claims).flatMap(([claim, value], index) => [
    ...(index === 0 ? [] : [', ']),
    { code: `${claim}=${value}` },
  ])

/** Who can really use it then, and how its end is proved: what an owner must know. */
export const workloadNotes = ({ workload }: Pick<AccessRequest, 'workload'>): Text[] => {
  switch (workload?.kind) {
    case undefined:
      return []
    case 'job':
      return [['Whoever gets its secret_id first can use it once, and nobody after that.']]
    case 'kubernetes':
      return [
        ['Everybody who may start pods in ', { code: workload.namespace }, ' can use it, as that service account.'],
        [readback],
      ]
    case 'jwt':
      return [['Everybody who may run or change such a pipeline can use it.'], [readback]]
    case 'approle':
      return [['Everybody in these networks who gets its secret_id can use it, as often as they want.']]
    default:
      return workload satisfies never
  }
}

const readback =
  'Latchkey cannot log in as this workload, so no test login proves the end: it reads back that policy and role are gone.'

/** How a workload logs in that has nothing to fetch. */
export const loginText = ({ mount, role, audience }: WorkloadLogin): Text => [
  ...['It logs in by itself at ', { code: `auth/${mount}` }, ' with the role ', { code: role }],
  ...(audience === undefined ? [] : [', by a token for the audience ', { code: audience }]),
  '.',
]
