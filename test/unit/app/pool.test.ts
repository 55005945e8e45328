import { expect, test } from 'vitest'
import { newPool } from '../../../src/app/pool.ts'

/** Work that ends when it is told to. */
const held = () => Promise.withResolvers<void>()
const poolOf = (size: number) => {
  const said: unknown[] = []
  const log = { info: () => {}, warn: () => {}, error: (fields: object) => void said.push(fields) }
  return { pool: newPool(size, log), said }
}
const nobody = () => {}

test('work under way takes up room, and whoever waits for that is woken when it is done', async () => {
  const { pool } = poolOf(2)
  const [slow, quick] = [held(), held()]
  let woken = 0
  pool.start('slow', () => slow.promise, nobody)
  pool.start(
    'quick',
    () => quick.promise,
    () => {
      woken += 1
    },
  )
  expect([pool.running(), pool.room(), woken]).toEqual([2, 0, 0])
  quick.resolve()
  await quick.promise
  await Promise.resolve()
  await Promise.resolve()
  expect([pool.running(), pool.room(), woken]).toEqual([1, 1, 1])
  slow.resolve()
  await pool.settled()
  expect(pool.running()).toBe(0)
})

test('one thing is worked on once at a time', async () => {
  const { pool } = poolOf(9)
  const work = held()
  let begun = 0
  const begin = () => {
    begun += 1
    return work.promise
  }
  for (const thing of ['same', 'same', 'other']) pool.start(thing, begin, nobody)
  expect(begun).toBe(2)
  work.resolve()
  await pool.settled()
  pool.start('same', begin, nobody)
  expect(begun).toBe(3)
  await pool.settled()
})

test('what stumbles is logged, and holds up nothing else', async () => {
  const { pool, said } = poolOf(9)
  let isDone = false
  for (const thing of ['one', 'two'])
    pool.start(thing, async () => Promise.reject(new Error('the disk is full')), nobody)
  const third = async () => {
    isDone = true
  }
  pool.start('three', third, nobody)
  await pool.settled()
  expect(isDone).toBe(true)
  expect(said).toEqual(['one', 'two'].map((of) => ({ of, error: 'Error: the disk is full' })))
})

test('it is settled only when also what was begun meanwhile is done', async () => {
  const { pool } = poolOf(1)
  const [first, second] = [held(), held()]
  pool.start(
    'first',
    () => first.promise,
    () => pool.start('second', () => second.promise, nobody),
  )
  let isSettled = false
  const settled = pool.settled().then(() => {
    isSettled = true
  })
  first.resolve()
  await first.promise
  await Promise.resolve()
  expect(isSettled).toBe(false)
  second.resolve()
  await settled
})
