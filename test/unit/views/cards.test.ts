import { describe, expect, test } from 'vitest'
import { grantId, personId } from '../../../src/domain/ids.ts'
import { seconds } from '../../../src/domain/time.ts'
import { requestCard } from '../../../src/views/cards.ts'
import { confirmForm } from '../../../src/views/confirm-form.ts'
import type { Subject } from '../../../src/views/copy-states.ts'
import { plainText } from '../../../src/views/copy-time.ts'
import {
  active,
  approved,
  at,
  cancelled,
  context,
  denied,
  ended,
  expired,
  pending,
  provisioning,
  revoking,
  wordsOf,
} from './subjects.ts'

describe('an owner', () => {
  test('sees who asks for what, how long, why, by which rule it is theirs to decide, and until when', () => {
    expect(wordsOf(requestCard({ request: pending }, context('owner')))).toMatchInlineSnapshot(`
      "⏳ Please decide: Developer on call asks to read kv/apps/db at main-vault for 1 hour 30 minutes
      Waiting until 2026-11-23 15:00 UTC (1 hour) for group database (named by the owner tag of the resource).
      Why > debug failing payments
      Reading a secret includes its older versions.
      [Approve] [Deny] [Show the policy]
      . Request q1"
    `)
  })

  test('is told that reading reaches older versions, and what makes it of little use', () => {
    const [item] = pending.items
    const caveats = new Map([[item, ['all-deleted'] as const]])
    const words = wordsOf(requestCard({ request: pending }, { ...context('owner'), caveats }))
    expect(words).toContain('Reading a secret includes its older versions.')
    expect(words).toContain('Hardly useful now: kv/apps/db: all its versions are deleted')
  })

  test('is told of letters of two scripts in one word, in the card and before an approval', () => {
    const [item] = pending.items
    const request = { ...pending, items: [{ ...item, path: 'kv/p\u0430ypal' }] as const }
    const words = '“p\u0430ypal” mixes Latin and Cyrillic letters'
    expect(wordsOf(requestCard({ request }, context('owner')))).toContain(words)
    const form = confirmForm({ do: 'approve', request: request.id }, { request }, context('owner'))
    expect(form.notes.map(plainText).join()).toContain(words)
  })

  test('sees what became of earlier access, and who else has it', () => {
    const request = pending
    const revoked = { ...ended, because: 'revoked', by: personId('owner') } as const
    const more = {
      past: [
        { item: request.items[0], of: { request: denied }, isDenied: true },
        ...[revoked, ended, active].map((grant) => ({
          ...{ item: request.items[0], of: { request: approved, grant } },
          ...{ isDenied: false, isUnfetched: grant === ended },
        })),
      ],
      alsoHeldBy: [{ request: approved, grant: active }],
    }
    const card = requestCard({ request }, context('owner', more))
    expect(wordsOf(card)).toContain(
      [
        'Requester’s recent access: read kv/apps/db: denied 2026-11-23 14:01 UTC by Owner of the database',
        'read kv/apps/db: revoked 2026-11-23 14:20 UTC by Owner of the database',
        'read kv/apps/db: given back 2026-11-23 14:20 UTC, never fetched',
        'read kv/apps/db: held until 2026-11-23 15:32 UTC',
      ].join('\n'),
    )
    expect(wordsOf(card)).toContain('Others who have it now: Developer on call until 2026-11-23 15:32 UTC')
  })

  test('reads why a requester may not have it, as soon as that is so', () => {
    const bar = { code: 'requester-removed', integration: 'main-vault' } as const
    for (const audience of ['owner', 'channel'] as const) {
      const said = wordsOf(requestCard({ request: pending }, context(audience, { bar })))
      expect(said).toContain('The requester may no longer request from main-vault, so this cannot be approved.')
    }
  })

  test('reads whether the credential was fetched, and the holder does not', () => {
    const saying = (
      grant: typeof active | typeof ended,
      isUnfetched: boolean,
      audience: 'owner' | 'access' = 'owner',
    ) => wordsOf(requestCard({ request: approved, grant }, context(audience, { isUnfetched })))
    expect(saying(active, true)).toContain('The credential is not fetched yet.')
    expect(saying(active, false)).toContain('The credential was fetched.')
    expect(saying(ended, true)).toContain('The credential was never fetched.')
    expect(saying(active, true, 'access')).not.toContain('fetched')
  })

  test('can revoke while access is set up or lives', () => {
    for (const grant of [provisioning, active]) {
      const card = requestCard({ request: approved, grant }, context('owner'))
      expect(card.actions.map(({ label }) => label)).toEqual(['Revoke', 'Show the policy'])
    }
  })

  test('has no button that can do nothing any more', () => {
    for (const subject of [
      { request: denied },
      { request: cancelled },
      { request: expired },
      { request: approved, grant: revoking },
      { request: approved, grant: ended },
    ]) {
      expect(requestCard(subject, context('owner')).actions).toEqual([])
    }
    expect(requestCard({ request: pending }, context('owner', { now: at(61) })).actions).toEqual([])
  })

  test('reads that access is not yet revoked, why, until when it may work, and what to do by hand', () => {
    const more = { manualRevoke: 'bao policy delete latchkey-g-1' }
    const card = requestCard({ request: approved, grant: revoking }, context('owner', more))
    expect(wordsOf(card)).toMatchInlineSnapshot(`
      "⛔ Developer on call: read kv/apps/db at main-vault, ending, not yet proved
      Approved by Owner of the database 2026-11-23 14:01 UTC.
      As Owner of the database asked: not yet revoked, may work until 2026-11-23 15:32 UTC, retrying until the end is proved.
      The vault does not answer, since 2026-11-23 14:10 UTC, next try 2026-11-23 14:12 UTC.
      If it is urgent, an administrator of the vault can end it by hand with:
      | bao policy delete latchkey-g-1
      . Why: debug failing payments
      . Request q1"
    `)
  })
})

describe('a requester', () => {
  test('can take a pending request back', () => {
    const card = requestCard({ request: pending }, context('requester'))
    expect(card.actions.map(({ label }) => label)).toEqual(['Remind them', 'Cancel request', 'Show the policy'])
  })

  test('reads who can decide by name, what happens if nobody does, and the last reminder', () => {
    const people = ['owner', 'second', 'third', 'fourth', 'fifth', pending.requester].map(personId)
    const peopleOf = () => people
    const reminded = { ...pending, remindedAt: at(5) }
    const words = wordsOf(requestCard({ request: reminded }, context('requester', { peopleOf })))
    expect(words).toContain('for Owner of the database, Second owner, third and 2 others, of group database')
    expect(words).toContain('If nobody decides in time, the request expires and gives nothing')
    expect(words).toContain('You reminded them 2026-11-23 14:05 UTC. You can remind them again 2026-11-23 14:20 UTC.')
    expect(wordsOf(requestCard({ request: reminded }, context('owner', { peopleOf })))).not.toContain('Second owner')
  })

  test('can request again what gives nothing any more, from every card about it', () => {
    const over = [
      { request: denied },
      { request: cancelled },
      { request: expired },
      { request: approved, grant: ended },
    ]
    for (const audience of ['requester', 'outcome', 'access'] as const) {
      for (const subject of over) {
        const labels = requestCard(subject, context(audience)).actions.map(({ label }) => label)
        expect(labels).toEqual(['Request again'])
      }
      for (const subject of [
        { request: pending },
        { request: approved, grant: active },
        { request: approved, grant: revoking },
      ]) {
        expect(wordsOf(requestCard(subject, context(audience)))).not.toContain('Request again')
      }
    }
  })

  test('keeps one line of a card that a newer one follows, which stays true to the end', () => {
    const followed = (subject: Parameters<typeof requestCard>[0], audience: 'requester' | 'access' = 'requester') =>
      wordsOf(requestCard(subject, context(audience, { isFollowed: true, isOnlyVault: true })))
    const said = 'read kv/apps/db: approved by Owner of the database'
    expect([
      followed({ request: approved, grant: active }),
      followed({ request: approved, grant: revoking }),
      followed({ request: approved, grant: ended }),
      followed({ request: approved, grant: { ...revoking, because: 'provision-failed' } }),
      followed({ request: denied }),
      followed({ request: expired }),
      followed({ request: approved, grant: ended }, 'access'),
    ]).toEqual([
      `✅ ${said}, see below`,
      `⛔ ${said}, ending, see below`,
      `ℹ️ ${said}, over, see below`,
      `⛔ ${said}, could not be set up, see below`,
      '⛔ read kv/apps/db: denied, see below',
      'ℹ️ read kv/apps/db: expired, see below',
      'ℹ️ read kv/apps/db: ended 2026-11-23 14:20 UTC, see below',
    ])
  })

  test('reads why it was denied, in the owner’s words', () => {
    expect(wordsOf(requestCard({ request: denied }, context('outcome')))).toMatchInlineSnapshot(`
      "⛔ read kv/apps/db at main-vault denied by Owner of the database 2026-11-23 14:01 UTC
      Owner of the database wrote > use the replica
      [Request again]
      . Why: debug failing payments
      . Request q1"
    `)
  })

  test('reads that it was approved for less time than asked, and by whom', () => {
    const decisions = [{ by: personId('owner'), verdict: 'approve', at: at(1), duration: seconds(1800) }] as const
    const shorter = { ...active, duration: seconds(1800), expiresAt: at(32) }
    const card = wordsOf(requestCard({ request: { ...approved, decisions }, grant: shorter }, context('access')))
    expect(card).toContain('until 2026-11-23 14:32 UTC (30 minutes)')
    expect(card).toContain('Approved by Owner of the database, for 30 minutes instead of 1 hour 30 minutes.')
    const waiting = wordsOf(requestCard({ request: { ...pending, decisions } }, context('owner')))
    expect(waiting).toContain('14:01 UTC, for 30 minutes instead of 1 hour 30 minutes.')
  })

  test('reads why it was revoked, in the words of the owner or the operator', () => {
    const note = 'the incident is over'
    const byOwner = requestCard({ request: approved, grant: { ...revoking, note } }, context('access'))
    expect(wordsOf(byOwner)).toContain(`Owner of the database wrote > ${note}`)
    const { by: _, trouble: __, ...ofNobody } = revoking
    const byOperator = { ...ofNobody, note }
    const told = requestCard({ request: approved, grant: byOperator }, context('outcome'))
    expect(wordsOf(told)).toContain(`An operator of Latchkey wrote > ${note}`)
  })

  test('gets the link button, the end and the instructions once access is active', () => {
    expect(wordsOf(requestCard({ request: approved, grant: active }, context('access')))).toMatchInlineSnapshot(`
      "✅ read kv/apps/db at main-vault until 2026-11-23 15:32 UTC (1 hour 30 minutes)
      Approved by Owner of the database.
      Owner of the database wrote > only for today
      How to use it > Use the bastion.
      [Get my one-time link] [Extend] [Give back now]
      . The link works once, for a few minutes. Fetching again ends the earlier token.
      . Why: debug failing payments
      . Request q1"
    `)
  })

  test('opens the page itself where links need a sign-in, with the link for another device beside it', () => {
    const page = 'https://latchkey.example.com/fetch/access/g1'
    const { actions } = requestCard({ request: approved, grant: active }, context('access', { accessPage: page }))
    expect(actions).toMatchObject([
      { label: 'Open my access', style: 'primary', url: page },
      { label: 'Get my one-time link', command: { do: 'get-link' } },
      { label: 'Extend', command: { do: 'extend' } },
      { label: 'Give back now' },
    ])
    expect(actions[1]).not.toHaveProperty('style')
    const withLink = context('access', {
      accessPage: page,
      link: { url: 'https://latchkey.example.com/fetch/n', expiresAt: at(3) },
    })
    expect(requestCard({ request: approved, grant: active }, withLink).actions[0]?.label).toBe('Open my one-time link')
    const over = context('access', { accessPage: page, now: at(92) })
    expect(requestCard({ request: approved, grant: active }, over).actions).toEqual([])
  })

  test('is told what follows the access, and then cannot extend it again', () => {
    const newer = { ...active, id: grantId('g2'), expiresAt: at(180) }
    const card = (follower: Subject, audience: 'access' | 'owner' = 'access') =>
      wordsOf(requestCard({ request: approved, grant: active }, context(audience, { follower })))
    expect(card({ request: pending })).toContain('Its extension waits for a decision until 2026-11-23 15:00 UTC.')
    expect(card({ request: approved, grant: provisioning })).toContain('Its extension is approved and being set up.')
    const next = { request: approved, grant: newer }
    expect(card(next)).toContain(
      'A newer access follows it, until 2026-11-23 17:00 UTC. Change to the token of that one.',
    )
    expect(card(next)).toContain('[Get my one-time link] [Give back now]')
    expect(card(next, 'owner')).toContain('A newer access follows it, until 2026-11-23 17:00 UTC.\n')
  })

  test('keeps the link button only as long as access lives', () => {
    const late = context('access', { now: at(92) })
    expect(requestCard({ request: approved, grant: active }, late).actions).toEqual([])
    const over = requestCard({ request: approved, grant: ended }, context('access'))
    expect(over.actions.map(({ label }) => label)).toEqual(['Request again'])
  })

  test('sees no admin command', () => {
    const more = { manualRevoke: 'bao policy delete latchkey-g-1' }
    const card = requestCard({ request: approved, grant: revoking }, context('requester', more))
    expect(wordsOf(card)).not.toContain('bao policy')
  })
})

test('an ending access is never called revoked, for anybody', () => {
  for (const audience of ['owner', 'requester', 'channel', 'access'] as const) {
    for (const because of ['expired', 'given-back', 'revoked', 'link-misused'] as const) {
      const card = requestCard({ request: approved, grant: { ...revoking, because } }, context(audience))
      expect(plainText(card.headline ?? [])).toContain('ending, not yet proved')
      expect(plainText(card.headline ?? [])).not.toMatch(/revoked|ended/i)
      const words = wordsOf(card)
      expect(words).toContain('not yet revoked, may work until 2026-11-23 15:32 UTC, retrying until the end is proved')
      expect(words).toContain('The vault does not answer, since 2026-11-23 14:10 UTC, next try 2026-11-23 14:12 UTC.')
    }
  }
})

test('an ended access says why and how that is proved', () => {
  expect(wordsOf(requestCard({ request: approved, grant: ended }, context('owner')))).toContain(
    'Developer on call: read kv/apps/db at main-vault ended 2026-11-23 14:20 UTC\n' +
      'Given back by Developer on call. Proved: a test login with the same rights was refused after 12 ms.',
  )
})

test('several approvals are counted', () => {
  const request = {
    ...pending,
    requirements: [{ ...pending.requirements[0], approvals: 2 }],
    decisions: approved.decisions,
  }
  expect(wordsOf(requestCard({ request } as never, context('owner')))).toContain('1 of 2 approvals so far')
})

test('every card has a sentence for notifications and words for its state', () => {
  for (const subject of [
    { request: pending },
    { request: approved },
    { request: denied },
    { request: cancelled },
    { request: expired },
    ...[provisioning, active, { ...active, withdraw: true as const }, revoking, ended].map((grant) => ({
      request: approved,
      grant,
    })),
  ]) {
    for (const audience of ['owner', 'requester', 'channel', 'access', 'outcome'] as const) {
      const card = requestCard(subject, context(audience))
      expect(card.summary).toMatch(/read kv\/apps\/db at main-vault.*\.( \S|$)/)
      expect(plainText(card.headline ?? [])).not.toBe('')
    }
  }
})

test('a notification says who asks for what, then why', () => {
  const { summary } = requestCard({ request: pending }, context('owner'))
  expect(summary).toBe('Developer on call asks to read kv/apps/db at main-vault for 1 hour 30 minutes.')
})

describe('in a channel that may be shared with another organisation', () => {
  const subjects = [
    { request: pending },
    ...[approved, denied, cancelled, expired].map((request) => ({ request })),
    ...[provisioning, active, revoking, ended].map((grant) => ({ request: approved, grant })),
  ]
  const past = subjects.map((of) => ({ item: of.request.items[0], of, isDenied: of.request.state === 'denied' }))
  const more = { manualRevoke: 'bao policy delete kv-apps-db', past, alsoHeldBy: subjects }

  test('a card says neither what nor why, in no state and nowhere in it', () => {
    for (const subject of subjects) {
      for (const reach of ['outside', 'unknown', undefined] as const) {
        const { reach: _, ...inside } = context('channel', more)
        const card = requestCard(subject, { ...inside, ...(reach && { reach }) })
        const all = JSON.stringify(card)
        for (const word of ['kv/apps/db', 'debug failing payments', 'only for today', 'use the replica', 'bao policy'])
          expect(all).not.toContain(word)
        expect(all).toContain('his message omits')
      }
    }
  })

  test('it says who, where and how long, why it says no more, and keeps its buttons', () => {
    expect(wordsOf(requestCard({ request: pending }, context('channel', { reach: 'outside' })))).toMatchInlineSnapshot(`
      "⏳ Developer on call asks for access at main-vault for 1 hour 30 minutes
      Waiting until 2026-11-23 15:00 UTC (1 hour).
      [Approve] [Deny] [Show the policy]
      . This channel is shared with another organisation, so this message omits the items and the reason.
      . Request q1"
    `)
  })

  test('in one of our own people alone it says everything', () => {
    const card = wordsOf(requestCard({ request: pending }, context('channel', { reach: 'inside' })))
    for (const word of ['kv/apps/db', 'debug failing payments']) expect(card).toContain(word)
  })
})
