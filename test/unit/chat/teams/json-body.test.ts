import { expect, test } from 'vitest'
import { jsonIn } from '../../../../src/chat/teams/connector/json-body.ts'

test('an answer is read as JSON, in any number of parts', async () => {
  const parts = ['{"name":"Zo', [0xc3], [0xab], '"}'].map((part) => Buffer.from(part as string))
  expect(await jsonIn(new Response(ReadableStream.from(parts)))).toEqual({ name: 'Zoë' })
})

test.each(['', '<html>', '{"cut'])('"%s" is none', async (text) => {
  await expect(jsonIn(new Response(text))).rejects.toThrow()
})

test('an answer without an end is left, and its sender hears so', async () => {
  let sent = 0
  let isLeft = false
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      sent += 1
      controller.enqueue(new Uint8Array(64 * 1024).fill(0x20))
    },
    cancel: () => {
      isLeft = true
    },
  })
  await expect(jsonIn(new Response(endless))).rejects.toThrow('more than 2097152 bytes')
  expect([isLeft, sent < 100]).toEqual([true, true])
})
