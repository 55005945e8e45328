import { requestId } from '../../../src/domain/ids.ts'
import type { Refusal } from '../../../src/domain/refusal.ts'
import { seconds } from '../../../src/domain/time.ts'
import { at } from './subjects.ts'

/** A refusal of each kind, and of each wording of it. */
export const everyRefusal: { [Code in Refusal['code']]: Extract<Refusal, { code: Code }>[] } = {
  'unknown-person': [{ code: 'unknown-person', platform: 'slack', tenant: 'T0TEAM', subject: 'U0NEW' }],
  'not-admitted': (['guest', 'external', 'deactivated', 'bot', 'other-workspace'] as const).map((why) => ({
    code: 'not-admitted',
    why,
  })),
  'not-a-requester': [
    { code: 'not-a-requester', integration: 'main-vault' },
    { code: 'not-a-requester', integration: '' },
  ],
  'no-such-resource': [{ code: 'no-such-resource' }],
  'cannot-be-granted': [{ code: 'cannot-be-granted', obstacle: 'its name has a "*"' }],
  'not-offered': [{ code: 'not-offered', path: 'kv/apps/db' }],
  'place-away': [{ code: 'place-away', place: 'kv/', since: at(1), why: 'no-such-mount' }],
  'no-such-permission': [{ code: 'no-such-permission', permission: 'write' }],
  'reason-too-short': [{ code: 'reason-too-short', atLeast: 5 }],
  'reason-too-long': [{ code: 'reason-too-long', atMost: 500 }],
  'duration-not-offered': [{ code: 'duration-not-offered', longest: seconds(28800) }],
  'already-asked': [
    { code: 'already-asked', state: 'pending', request: requestId('q1') },
    { code: 'already-asked', state: 'live', request: requestId('q1') },
  ],
  'too-many-items': [{ code: 'too-many-items', most: 10 }],
  'other-integration': [{ code: 'other-integration', integration: 'production', item: 'kv/apps/db' }],
  'too-many-open': [{ code: 'too-many-open', most: 20 }],
  'too-many-requests': [{ code: 'too-many-requests', most: 60, again: at(5) }],
  'too-many-searches': [{ code: 'too-many-searches' }],
  'nobody-to-decide': [{ code: 'nobody-to-decide' }],
  'no-owner': [{ code: 'no-owner' }],
  'no-such-request': [{ code: 'no-such-request' }],
  'own-request': [{ code: 'own-request' }],
  'not-an-owner': [{ code: 'not-an-owner' }],
  'already-decided-by-you': [{ code: 'already-decided-by-you' }],
  'part-decided': [{ code: 'part-decided' }],
  'part-changed': [{ code: 'part-changed' }],
  'plan-changed': [{ code: 'plan-changed' }],
  'not-pending': [
    ...(['pending', 'approved', 'denied', 'cancelled', 'expired'] as const).map(
      (state) => ({ code: 'not-pending', state }) as const,
    ),
    { code: 'not-pending', state: 'approved', wish: 'cancel' },
  ],
  'deadline-passed': [{ code: 'deadline-passed', at: at(60) }],
  'note-required': [{ code: 'note-required' }],
  'not-the-requester': [{ code: 'not-the-requester' }],
  'reminded-lately': [{ code: 'reminded-lately', again: at(15) }],
  'nobody-to-remind': [{ code: 'nobody-to-remind' }],
  'introduced-lately': [{ code: 'introduced-lately', again: at(15) }],
  'too-many-introductions': [{ code: 'too-many-introductions', again: at(15) }],
  'no-administrator': [{ code: 'no-administrator' }],
  'requester-gone': [{ code: 'requester-gone' }],
  'requester-removed': [{ code: 'requester-removed', integration: 'main-vault' }],
  rerouted: [{ code: 'rerouted' }],
  'integration-removed': [{ code: 'integration-removed', integration: 'production' }],
  'vault-unreachable': [
    { code: 'vault-unreachable', trouble: 'timeout' },
    { code: 'vault-unreachable', trouble: 'bad-credentials' },
  ],
  'access-not-active': (['not-yet', 'ending', 'ended'] as const).map((state) => ({ code: 'access-not-active', state })),
  'link-unusable': [{ code: 'link-unusable' }],
  'already-explained': [{ code: 'already-explained', at: at(3) }],
  'other-alarm': [{ code: 'other-alarm' }],
  'not-signed-in': (['nothing', 'unknown', 'stale', 'proof', 'token'] as const).map((why) => ({
    code: 'not-signed-in',
    why,
  })),
  'needs-sign-in': [true, false].map((hasIssuer) => ({ code: 'needs-sign-in', hasIssuer })),
  'sign-in-needed': [{ code: 'sign-in-needed' }],
  'foreign-message': [{ code: 'foreign-message' }],
  'try-again': [{ code: 'try-again' }],
}
