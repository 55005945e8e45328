import fc from 'fast-check'
import { expect, test } from 'vitest'
import { indented } from '../../../src/views/policy-meaning.ts'

test('a document is indented letter by letter, whatever it holds', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(indented(JSON.stringify(value))).toEqual(JSON.stringify(value, undefined, 2).split('\n'))
    }),
  )
})

test('names that end in an escape stand as the document has them, one document after another', () => {
  const documents = ['kv/data/\\', 'kv/data/"'].map((path) => ({ path: { [path]: { capabilities: ['read'] } } }))
  for (const each of documents)
    expect(indented(JSON.stringify(each))).toEqual(JSON.stringify(each, undefined, 2).split('\n'))
})

test('what is no JSON stands as it is', () => {
  expect(indented('path "kv/data/db" {\n  capabilities = ["read"]\n}')).toHaveLength(3)
})
