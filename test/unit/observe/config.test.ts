import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { chatKinds } from '../../../src/chat/index.ts'
import { ConfigError, readConfig } from '../../../src/config/read.ts'
import { connectors } from '../../../src/connectors/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'config-'))
const file = join(folder, 'latchkey.yaml')
afterAll(() => rmSync(folder, { recursive: true }))

const valid = `link: { baseUrl: https://latchkey.example.com }
slack: { mode: http, tenants: [T0123] }
integrations:
  - name: production
    requesters: [group:engineers]
    owner: [group:platform]
    vault:
      internalUrl: https://vault.internal.example:8200
      credentials: { folder: /run/secrets/latchkey }
`
const slack = { SLACK_BOT_TOKEN: 'xoxb-1', SLACK_SIGNING_SECRET: 'signing' }
const read = (text: string, more: Record<string, string> = {}) => {
  writeFileSync(file, `${valid}${text}`)
  return readConfig({
    file,
    environment: { ...slack, ...more },
    chats: chatKinds,
    paramsOf: { vault: connectors.vault.params },
  })
}
const problemsOf = (text: string, more?: Record<string, string>): string => {
  try {
    read(text, more)
    return ''
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.join('\n')
    throw error
  }
}

describe('where the audit log and the metrics go', () => {
  test('is nowhere outside, unless it is said', () => {
    const { audit, metrics, webhookSecret } = read('')
    expect([audit, metrics, webhookSecret]).toEqual([{ headEvery: 3600 }, undefined, undefined])
  })

  test('may be a webhook, whose key comes from the environment and is shown by no log', () => {
    const config = read('audit: { webhook: { url: https://siem.example.com/hook/ } }', {
      AUDIT_WEBHOOK_SECRET: 'key-1',
    })
    expect(config.audit.webhook?.url).toBe('https://siem.example.com/hook/')
    expect(config.webhookSecret?.reveal()).toBe('key-1')
    expect(JSON.stringify(config)).not.toContain('key-1')
  })

  test('is another address, with a key of its own, for events', () => {
    const config = read('events: { webhook: { url: https://automation.example.com } }', {
      EVENTS_WEBHOOK_SECRET: 'key-2',
    })
    expect([config.events?.url, config.events?.secret.reveal()]).toEqual(['https://automation.example.com', 'key-2'])
    expect([JSON.stringify(config).includes('key-2'), config.webhookSecret]).toEqual([false, undefined])
  })

  test('may be syslog, by TLS if nothing else is said', () => {
    expect(read('audit: { syslog: { host: logs.example.com, port: 6514 } }').audit.syslog).toEqual({
      ...{ host: 'logs.example.com', port: 6514, transport: 'tls', unencrypted: false },
    })
  })

  test.each([
    'host: 127.0.0.1, port: 601, transport: tcp',
    'host: "::1", port: 514, transport: udp',
    'host: logs.example.com, port: 601, transport: tcp, unencrypted: true',
  ])('may be syslog in the clear on this machine, or where that is said: %s', (text) => {
    expect(problemsOf(`audit: { syslog: { ${text} } }`)).toBe('')
  })

  test.each(['tcp', 'udp'])('is no syslog server elsewhere by %s without a word', (transport) => {
    expect(problemsOf(`audit: { syslog: { host: logs.example.com, port: 601, transport: ${transport} } }`)).toMatch(
      /syslog\.transport: use tls .* add unencrypted: true/,
    )
  })

  test.each([
    ['127.0.0.1:9464', { host: '127.0.0.1', port: 9464 }],
    ['"[::1]:9464"', { host: '::1', port: 9464 }],
    ['localhost:0', { host: 'localhost', port: 0 }],
  ])('metrics listen at %s', (text, listen) => {
    expect(read(`metrics: { listen: ${text} }`).metrics).toEqual({ listen })
  })

  test.each([
    [
      'a webhook without its key',
      'audit: { webhook: { url: https://siem.example.com } }',
      /AUDIT_WEBHOOK_SECRET: missing/,
    ],
    ['a head sent without a key', 'audit: { headTo: https://keep.example.com }', /AUDIT_WEBHOOK_SECRET: missing/],
    ['a webhook in the clear', 'audit: { webhook: { url: http://siem.example.com } }', /webhook\.url: use https/],
    [
      'events without their key',
      'events: { webhook: { url: https://a.example.com } }',
      /EVENTS_WEBHOOK_SECRET: missing/,
    ],
    ['events in the clear', 'events: { webhook: { url: http://a.example.com } }', /events\.webhook\.url: use https/],
    ['a password in an address', 'audit: { webhook: { url: "https://u:p@siem.example.com" } }', /no user or password/],
    ['a place for the head that is none', 'audit: { headTo: general }', /headTo: write a channel's id/],
    ['a syslog transport of its own', 'audit: { syslog: { host: a, port: 1, transport: relp } }', /syslog\.transport/],
    [
      'an authority that nobody asks',
      'audit: { syslog: { host: localhost, port: 1, transport: tcp, caFile: /ca.pem } }',
      /syslog\.caFile: only transport: tls/,
    ],
    ['metrics without a port', 'metrics: { listen: 127.0.0.1 }', /write a host and a port/],
    ['metrics at a port that is none', 'metrics: { listen: "127.0.0.1:99999" }', /write a host and a port/],
  ])('%s is refused', (_, text, complaint) => {
    expect(problemsOf(text)).toMatch(complaint)
  })

  test('a channel for the head needs a chat', () => {
    writeFileSync(file, `${valid.replace(/slack:.*\n/, '')}audit: { headTo: C0123 }`)
    const source = { file, environment: {}, chats: chatKinds, paramsOf: { vault: connectors.vault.params } }
    expect(() => readConfig(source)).toThrow(/headTo: a channel needs a chat/)
  })
})
