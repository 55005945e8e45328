// A process of its own: holds the write lock of a database, as a shell in a transaction does, until its input ends.
import { DatabaseSync } from 'node:sqlite'

const [file = ''] = process.argv.slice(2)
const database = new DatabaseSync(file)
database.exec('BEGIN IMMEDIATE')
console.log('locked')
process.stdin.resume().on('end', () => {
  database.exec('COMMIT')
  database.close()
})
