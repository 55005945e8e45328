import type { Notice } from '../../../src/domain/card.ts'
import type { ControlGroup } from '../../../src/domain/control-group.ts'
import {
  cardId,
  controlGroupId,
  fetchLinkId,
  grantId,
  integrationId,
  personId,
  requestId,
  resourceId,
} from '../../../src/domain/ids.ts'
import { seconds } from '../../../src/domain/time.ts'
import { asOf } from '../../../src/views/answers.ts'
import { auditHeadCard } from '../../../src/views/audit-head.ts'
import { requestCard } from '../../../src/views/cards.ts'
import { confirmForm } from '../../../src/views/confirm-form.ts'
import {
  authoriseForm,
  controlGroupCard,
  denyControlGroupForm,
  reportedAnswer,
  type ShownControlGroup,
} from '../../../src/views/control-groups.ts'
import { bugView, outdatedButtonView, refusalView } from '../../../src/views/copy.ts'
import type { Subject } from '../../../src/views/copy-states.ts'
import { itemsView, linkForm, policyView, refusedForm } from '../../../src/views/dialogs.ts'
import { extendForm, extendList } from '../../../src/views/extend-form.ts'
import { missingFields } from '../../../src/views/form-errors.ts'
import { requestForm } from '../../../src/views/forms.ts'
import { helpList, meantList } from '../../../src/views/help.ts'
import { newcomerView } from '../../../src/views/introduction.ts'
import { alreadyAsked, ownAccess, statusList } from '../../../src/views/lists.ts'
import { noticeCard } from '../../../src/views/notices.ts'
import { trialAnsweredView, trialOverView, trialView } from '../../../src/views/trial.ts'
import type { ChangeCommand, FormView, MessageView } from '../../../src/views/view-model.ts'
import { whoView } from '../../../src/views/who.ts'
import { everyRefusal } from './every-refusal.ts'
import {
  active,
  approved,
  at,
  cancelled,
  context,
  denied,
  ended,
  expired,
  nameOf,
  pending,
  provisioning,
  revoking,
} from './subjects.ts'

const place = integrationId('main-vault')
const resource = (path: string) => ({
  ...{ id: resourceId(path), integration: place, path, type: 'secret' as const, permissions: ['read'] as const },
})
const several = {
  ...pending,
  items: ['orders', 'payments_live', 'mail', 'search', 'audit', 'cache'].map((name) => ({
    ...{ resource: resourceId(name), type: 'secret', path: `kv/apps/${name}/db`, permission: 'read' },
  })) as unknown as typeof pending.items,
}
const past = {
  past: [{ item: pending.items[0], of: { request: denied }, isDenied: true }],
  alsoHeldBy: [{ request: approved, grant: active }],
  caveats: new Map([[pending.items[0], ['all-deleted'] as const]]),
}
const subjects = {
  pending: { request: pending },
  several: { request: several },
  provisioning: { request: approved, grant: provisioning },
  active: { request: approved, grant: active },
  revoking: { request: approved, grant: revoking },
  ended: { request: approved, grant: ended },
  denied: { request: denied },
  cancelled: { request: cancelled },
  expired: { request: expired },
} as const

const cards = Object.entries(subjects).flatMap(([state, subject]) =>
  (['owner', 'channel', 'requester', 'access', 'outcome'] as const).flatMap((audience) => [
    [`${audience}: ${state}`, requestCard(subject, context(audience, audience === 'owner' ? past : {}))] as const,
    [`${audience}: ${state}, followed`, requestCard(subject, context(audience, { isFollowed: true }))] as const,
  ]),
)

const following = { ...pending, id: requestId('q2'), extends: active.id }
const newer = { ...active, id: grantId('g2'), request: following.id, expiresAt: at(180) }
/** An access with each follower, and an extension with each access before it. */
const neighbours = {
  'an extension waits': { follower: { request: following } },
  'an extension is set up': { follower: { request: approved, grant: provisioning } },
  'a newer access follows': { follower: { request: approved, grant: newer } },
  'extends an active access': { extended: subjects.active },
  'extends an ending access': { extended: subjects.revoking },
  'extends an access that is over': { extended: subjects.ended },
} as const
const extensions = Object.entries(neighbours).flatMap(([name, more]) =>
  (['owner', 'requester', 'access'] as const).flatMap((audience) =>
    [subjects.pending, subjects.active, subjects.ended].map(
      (subject) => [`${audience}: ${name}`, requestCard(subject, context(audience, more))] as const,
    ),
  ),
)

const waitingGroup: ControlGroup = {
  ...{ id: controlGroupId('c1'), integration: place, accessor: 'M0WaseZwWs9Mb4HwjFJ8yule', operation: 'read' },
  path: 'kv/data/apps/payments_live',
  requester: { id: 'entity-1', name: 'userpass-ann', person: personId('developer') },
  ...{ reporter: personId('developer'), reportedAt: at(1), expiresAt: at(60), lookAt: at(6), remindAt: at(30) },
  approvals: [{ id: 'entity-2', name: 'userpass-bob_smith', at: at(2) }],
  ...{ state: 'pending', revision: 2 },
}
const { lookAt: _, remindAt: __, ...settledGroup } = waitingGroup
const deniedGroup: ControlGroup = {
  ...settledGroup,
  ...{ state: 'denied', settledAt: at(4), requester: { id: 'entity-1', name: 'oidc-ann@example.com' } },
  denied: { by: personId('owner'), note: 'use the *replica* instead', at: at(3) },
}
const groupShown = (group: ControlGroup): ShownControlGroup => ({
  ...{ group, groups: ['managers'], deciders: [personId('owner')], mayDecide: true },
  page: 'https://latchkey.example.com/access/control-groups/c1',
})
const controlGroupNews = (['decider', 'reminded', 'asker', 'told'] as const).flatMap((as) =>
  [
    waitingGroup,
    { ...settledGroup, state: 'authorised' as const, settledAt: at(3) },
    { ...deniedGroup, state: 'denying' as const, lookAt: at(4) },
    deniedGroup,
    ...(['expired', 'gone'] as const).map((state) => ({ ...settledGroup, state, settledAt: at(4) })),
  ].map(
    (group) =>
      [
        `control group, ${as}: ${group.state}`,
        controlGroupCard(as, groupShown(group), { now: at(5), nameOf }),
      ] as const,
  ),
)

const link = {
  id: fetchLinkId('l1'),
  grant: grantId('g1'),
  misusedAt: at(6),
  misusedHow: 'reported',
  redeemedAt: at(5),
}
const stuck = {
  reason: 'ERROR: role "v-app" owns objects (2BP01)',
  commands: ['bao lease revoke -sync database/creds/app/x'],
}
const notices: { readonly [About in Notice['about']]: Notice & { readonly about: About } } = {
  rerouted: { about: 'rerouted', from: 'group:a', to: 'group:b', items: ['kv/apps/db'] },
  'link-misused': { about: 'link-misused', how: 'reported', revoked: true, link: fetchLinkId('l1') },
  'owners-unreachable': {
    ...{ about: 'owners-unreachable', people: [personId('owner')], others: true },
    why: { owner: 'app-missing' },
  },
  reminder: { about: 'reminder', at: at(4) },
  introduction: {
    ...{ about: 'introduction', identity: { platform: 'teams', tenant: '11111111', subject: '22222222' } },
    ...{ name: 'New developer', lines: ['people:', '  new-developer:', '    name: "New developer"'] },
    command: 'latchkey people add 11111111/22222222 --group developers',
  },
  'secrets-read': {
    about: 'secrets-read',
    secrets: [
      {
        ...{ path: 'kv/apps/orders', command: 'bao kv patch -mount=kv apps/orders KEY=-' },
        reads: { count: 2, first: at(1), last: at(4) },
      },
    ],
    count: 2,
  },
  'credential-unopened': { about: 'credential-unopened', at: at(5) },
  'not-revoked': { about: 'not-revoked', code: 'unreachable' },
  'not-withdrawn': { about: 'not-withdrawn', code: 'unreachable' },
  'not-narrowed': { about: 'not-narrowed', code: 'walk-unfinished' },
  'not-narrowable': { about: 'not-narrowable', code: 'policy-too-large' },
  'access-narrowed': { about: 'access-narrowed', names: ['kv/apps/later'], count: 3 },
  'vault-back': { about: 'vault-back', integration: place, since: at(0), count: 3 },
  'directory-rejected': { about: 'directory-rejected', problem: 'people.yaml:3: "group" is not a key' },
  'access-lapsed': { about: 'access-lapsed', why: 'person-removed', isEnding: false },
  'removals-held': { about: 'removals-held', people: 12, grants: 20, endsAt: at(30) },
  'removals-called-off': { about: 'removals-called-off', grants: 20 },
  'end-near': { about: 'end-near' },
  ended: { about: 'ended' },
  'access-missing': { about: 'access-missing' },
  'access-altered': { about: 'access-altered' },
  'place-away': { about: 'place-away', integration: place, place: 'kv/', code: 'no-such-mount' },
  'place-back': { about: 'place-back', integration: place, place: 'kv/', code: 'no-such-mount' },
  'control-group': { about: 'control-group', controlGroup: controlGroupId('c1'), as: 'decider' },
  welcome: { about: 'welcome' },
  'session-ended': { about: 'session-ended', label: 'ada-laptop', address: '192.0.2.7', at: at(2) },
  'lease-stuck': { about: 'lease-stuck', integration: place, path: 'database/app', count: 2, ...stuck },
  'lease-gone': { about: 'lease-gone', integration: place, path: 'database/app', count: 1, ...stuck },
  'use-unapproved': {
    about: 'use-unapproved',
    integration: place,
    name: 'latchkey-7f-g-1',
    path: 'kv/data/x',
    operation: 'read',
  },
  'use-unknown': {
    about: 'use-unknown',
    integration: place,
    name: 'latchkey-7f-g-2',
    path: 'kv/data/x',
    operation: 'read',
  },
  'leftover-removed': { about: 'leftover-removed', integration: place, name: 'latchkey-7f-kv' },
}
const noticeContext = {
  ...context('owner', { manualRevoke: 'bao policy delete latchkey-g-1', own: [0], misusedLink: link as never }),
  controlGroup: groupShown(waitingGroup),
  ...{ typing: { command: '' }, isHolder: true, holder: personId('developer') },
}
/** The subjects of notices about a request; the others have none. */
const subjectOf: { readonly [About in Notice['about']]?: Subject } = {
  ...{ rerouted: subjects.pending, 'owners-unreachable': subjects.pending },
  reminder: { request: { ...pending, remindedAt: at(4) } },
  ...{ 'link-misused': subjects.active, 'not-revoked': subjects.revoking, 'not-withdrawn': subjects.active },
  ...{ 'not-narrowed': subjects.active, 'access-narrowed': subjects.active, 'not-narrowable': subjects.revoking },
  ...{ 'access-lapsed': subjects.active, 'access-missing': subjects.ended, 'access-altered': subjects.revoking },
  ...{ 'end-near': subjects.active, ended: subjects.ended },
}
const news = Object.values(notices).map(
  (notice) => [`notice: ${notice.about}`, noticeCard(notice, noticeContext, subjectOf[notice.about])] as const,
)

const own = [subjects.active, subjects.pending, subjects.denied, subjects.ended, subjects.revoking]
const { integration } = context('owner')
if (!integration) throw new Error('the context has an integration')
const known = { resource: resource('kv/apps/db'), owners: ['group:database'] as const, isOwned: true }
const reader = { nameOf, peopleOf: () => [personId('owner')], command: '' }
const answers: readonly (readonly [string, MessageView])[] = [
  ['mine', ownAccess({ waiting: { shown: [subjects.pending, subjects.several], hasMore: true }, own }, nameOf, '')],
  ['mine: nothing', ownAccess({ waiting: { shown: [], hasMore: false }, own: [] }, nameOf, '')],
  ['already asked', alreadyAsked(['You already have this.'], subjects.active, own, nameOf)],
  ['extend', extendList([subjects.active], nameOf, '')],
  ['extend: nothing', extendList([], nameOf, '')],
  ['who: holders', whoView({ is: 'holders', known, subjects: [subjects.active] } as never, reader)],
  ['who: owners', whoView({ is: 'owners', known } as never, reader)],
  ['who: several', whoView({ is: 'several', found: [known, known], isMore: true } as never, reader)],
  [
    'status',
    statusList([
      { integration, healthy: false, away: [{ place: 'kv/', code: 'no-such-mount', since: at(0) }] } as never,
    ]),
  ],
  [
    'help',
    helpList({
      command: '',
      example: 'kv/apps/db',
      linkMaker: 'https://latchkey.example.com/link',
      signsTerminalsIn: true,
    }),
  ],
  ['help: a near miss', meantList('', 'reqest', 'request')],
  [
    'newcomer',
    newcomerView({
      newcomer: {
        identity: { platform: 'teams', tenant: '11111111', subject: '22222222' },
        ...{ key: 'new-developer', name: 'New developer', isKnown: false, groups: ['developers', 'operators'] },
      },
      sentence: ['Latchkey does not know you yet.'],
      asked: { at: undefined, people: [personId('owner')] },
      nameOf,
    }),
  ],
  ['control group: told', reportedAnswer(groupShown(waitingGroup), true, { now: at(5), nameOf })],
  ['trial', trialView('t1')],
  ['trial: answered', trialAnsweredView(at(1), nameOf(personId('owner')))],
  ['trial: over', trialOverView()],
  ['bug', bugView('abc123')],
  ['outdated button', outdatedButtonView()],
  ['audit head', auditHeadCard({ sequence: 12, hash: 'abc' }, 'latchkey-7f')],
  ...Object.values(everyRefusal)
    .flat()
    .map((refusal) => [`refusal: ${JSON.stringify(refusal)}`, asOf(refusalView(refusal), at(5))] as const),
]

/** Each kind of message in the product, by name; those with buttons have an origin. */
export const everyMessage: readonly (readonly [string, MessageView])[] = [
  ...[...cards, ...extensions, ...news, ...controlGroupNews].map(
    ([name, view]) => [name, { ...view, origin: { card: cardId('c1') } }] as const,
  ),
  ...answers.map(([name, view]) => [name, { ...view, origin: { list: '1800000000000.seal' } }] as const),
]

const changes: readonly ChangeCommand[] = [
  ...(['approve', 'deny', 'cancel', 'remind'] as const).map((verb) => ({ do: verb, request: requestId('q1') })),
  ...(['revoke', 'give-back'] as const).map((verb) => ({ do: verb, grant: grantId('g1') })),
  {
    ...{ do: 'it-was-me', grant: grantId('g1'), link: fetchLinkId('l1') },
    alarm: { how: 'reported', at: at(6) },
  },
]
const chosen = ['kv/apps/orders', 'kv/apps/payments_live'].map((path) => ({
  ...{ resource: resource(path), owner: 'group payments', caveats: ['all-deleted'] as const },
}))
const wish = { draft: 'd1', integrations: [integration, { ...integration, id: integrationId('spare') }], integration }
const lengths = [seconds(1800), seconds(5400)]

/** Each kind of dialog in the product, by name. */
export const everyForm: readonly (readonly [string, FormView])[] = [
  ...changes.map((change): [string, FormView] => [
    `confirm: ${change.do}`,
    confirmForm(change, 'grant' in change ? subjects.active : { ...subjects.pending, lengths }, { nameOf }),
  ]),
  ['extend', extendForm({ request: approved, grant: active, lengths, draft: 'd1' })],
  ['request', requestForm({ ...wish, integrations: [integration], example: 'kv/apps/db' } as never)],
  [
    'request: filled in',
    requestForm({ ...wish, chosen, reason: 'debug failing payments', duration: seconds(1800) } as never),
  ],
  ['request: with errors', requestForm(wish as never, missingFields(['resource', 'duration', 'reason']))],
  ['link', linkForm({ url: `https://latchkey.example.com/fetch/${'x'.repeat(43)}`, expiresAt: at(15) })],
  ['items', itemsView(subjects.several)],
  [
    'policy',
    policyView({
      document:
        'path "kv/data/apps/db" { capabilities = ["read"] }\npath "kv/metadata/apps/db" { capabilities = ["read"] }',
      ...{ hash: 'abc', items: pending.items, isExact: true, of: 'all' },
    }),
  ],
  [
    'control group: authorise',
    authoriseForm(groupShown(waitingGroup), {
      ...{ now: at(5), nameOf },
      commands: [
        'export BAO_ADDR=https://vault.example',
        'bao write sys/control-group/authorize accessor=M0WaseZwWs9Mb4',
      ],
    }),
  ],
  ['control group: deny', denyControlGroupForm(groupShown(waitingGroup), { now: at(5), nameOf })],
  ['refused', refusedForm(refusalView({ code: 'foreign-message' }))],
]
