import { expect, test } from 'vitest'
import { silenceHints } from '../../../../src/chat/teams/silence.ts'

const app = 'a0000000-0000-4000-8000-00000000000a'

test('when no press arrives, the messaging endpoint is the first thing to check', () => {
  const [first, ...others] = silenceHints({ app }, 'https://latchkey.example.com')
  expect(first).toBe('The bot’s messaging endpoint is https://latchkey.example.com/teams/messages.')
  expect(others.join(' ')).toContain(app)
  expect(others.join(' ')).not.toContain('link.baseUrl')
})

test.each(['http://latchkey.example.com', 'https://127.0.0.1:8080', 'http://localhost:8080'])(
  'an address that Microsoft cannot reach, such as %s, is named',
  (baseUrl) => expect(silenceHints({ app }, baseUrl)[1]).toContain('link.baseUrl is an https address'),
)

test('a simulated Teams has nothing to do with Microsoft', () => {
  expect(silenceHints({ app, simulatorUrl: 'http://127.0.0.1:8082' }, 'http://127.0.0.1:8080')).toEqual([
    'The simulated Teams at http://127.0.0.1:8082 runs, and delivers to http://127.0.0.1:8080/teams/messages.',
  ])
})
