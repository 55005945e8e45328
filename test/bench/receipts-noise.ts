// A process of its own: writes so many lines a second about others into a log, until it is killed.
import { appendFileSync } from 'node:fs'
import { auditLine } from './audit-line.ts'

const [file = '', count = '1'] = process.argv.slice(2)
const began = performance.now()
let written = 0
setInterval(() => {
  const due = Math.floor(((performance.now() - began) / 1_000) * Number(count))
  const lines = Array.from({ length: due - written }, (_, index) =>
    auditLine(`team-${index % 50}`, `kv/data/t/${index}`),
  )
  appendFileSync(file, lines.join(''))
  written = due
}, 20)
