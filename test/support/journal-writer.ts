// A process of its own: notes names until it is killed, and says each once the journal has promised to keep it.
import { writeSync } from 'node:fs'
import { grantId, integrationId } from '../../src/domain/ids.ts'
import { timestamp } from '../../src/domain/time.ts'
import { openJournal } from '../../src/store/journal.ts'

const [file = ''] = process.argv.slice(2)
// Half of what is noted is over at once, so that the file is also written again while it grows.
const journal = openJournal(file, Date.now)
const drawn = (name: string, until: number) => ({
  ...{ name, grant: grantId('grant'), integration: integrationId('vault') },
  until: timestamp(until),
})
for (let turn = 0; ; turn += 1) {
  const names = Array.from({ length: 8 }, (_, index) => `${process.pid}-${turn}-${index}`)
  await Promise.all(
    names.map(async (name) => {
      await journal.note([drawn(name, Date.now() + 3_600_000), ...over(turn)])
      writeSync(1, `${name}\n`)
    }),
  )
}

function over(turn: number) {
  return Array.from({ length: 100 }, (_, index) => drawn(`over-${turn}-${index}`, 0))
}
