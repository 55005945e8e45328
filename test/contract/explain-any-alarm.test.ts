import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { explainAlarm } from '../../src/app/explain-alarm.ts'
import { linkMisused } from '../../src/app/link-misused.ts'
import { explainOwnAlarm, lookAtAlarm } from '../../src/app/own-alarm.ts'
import {
  type AlarmHow,
  type Explainable,
  explanationOf,
  openAlarms,
  type ShownAlarm,
} from '../../src/domain/fetch-link.ts'
import { personId } from '../../src/domain/ids.ts'
import { type LinkWorld, linkWorld } from '../support/link-world.ts'
import * as sample from './store-samples.ts'

let world: LinkWorld
beforeAll(async () => {
  world = await linkWorld()
})
afterAll(() => world?.stop())

const kinds = ['other-browser', 'reported', 'other-person', 'wrong-creation-path', 'spent-unseen'] as const
const thefts: readonly AlarmHow[] = ['wrong-creation-path', 'spent-unseen']
const step = fc.oneof(
  fc.record({ do: fc.constant('alarm' as const), how: fc.constantFrom(...kinds) }),
  fc.record({ do: fc.constant('look' as const) }),
  fc.record({ do: fc.constant('press' as const), shown: fc.nat(4), isPage: fc.boolean() }),
  fc.record({ do: fc.constant('forge' as const), how: fc.constantFrom(...kinds), shift: fc.constantFrom(0, 1) }),
)

let count = 0
test('no sequence of alarms and explanations clears an alarm that was not shown, or a theft at the vault', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const name = `anybody-${++count}`
      const person = personId(name)
      const nonce = await world.open(await world.grantFor(name))
      const hash = world.deps.hash(nonce)
      await world.store.redeem(hash, 'browser', world.deps.clock.now(), [])
      const now = async () => sample.present(await world.store.link({ hash }))
      const { id } = await now()
      const shown: ShownAlarm[] = []
      const said: ShownAlarm[] = []
      for (const each of steps) {
        if (each.do === 'alarm') await linkMisused(world.deps)(await now(), each.how)
        if (each.do === 'look') {
          const look = await lookAtAlarm(world.deps)(id, person)
          shown.push(...(look.kind === 'open' ? [look.alarm] : []), ...openAlarms(await now()))
        }
        const seen = each.do === 'press' ? shown[each.shown] : undefined
        if (seen && each.do === 'press') {
          if (each.isPage) await explainOwnAlarm(world.deps)(id, person, seen)
          else await explainAlarm(world.deps)({ link: id, alarm: seen }, person)
          said.push(seen)
        }
        if (each.do === 'forge') {
          // Another kind or moment than the row's is refused, whoever made it up.
          const link = await now()
          const at = (link.misusedAt ?? link.openedAt) + each.shift
          const isReal = openAlarms(link).some((open) => open.how === each.how && open.at === at)
          const alarm = { how: each.how as Explainable, at: at as ShownAlarm['at'] }
          if (!isReal) expect((await explainAlarm(world.deps)({ link: id, alarm }, person)).ok).toBe(false)
        }
        const link = await now()
        for (const how of kinds) {
          const isSaid = said.some((alarm) => alarm.how === how)
          expect(explanationOf(link, how) !== undefined).toBe(isSaid)
          if (thefts.includes(how)) expect(explanationOf(link, how)).toBeUndefined()
        }
      }
    }),
    { numRuns: 40 },
  )
}, 60_000)
