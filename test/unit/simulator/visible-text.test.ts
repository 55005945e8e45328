import { describe, expect, test } from 'vitest'
import { renderMrkdwn } from '../../../src/simulator/slack/page/render-inline.ts'
import { formatSlackDate } from '../../../src/simulator/slack/slack-dates.ts'
import { textOfObject } from '../../../src/simulator/slack/visible-text.ts'
import { createWorkspace } from '../../../src/simulator/slack/workspace.ts'
import { developer, simulatorOptions } from './bolt-app.ts'

const noon = Date.UTC(2026, 10, 23, 12) / 1000
const reader = { workspace: createWorkspace(simulatorOptions), timeZone: 'UTC', nowSeconds: noon }
const shown = (text: string) => textOfObject({ type: 'mrkdwn', text }, reader)

describe('mrkdwn', () => {
  test.each([
    ['*bold* _italic_ ~gone~ `code`', 'bold italic gone code'],
    ['*<@U0DEVELOPER>* asks', '@Developer on call asks'],
    ['<#C0OPEN> and <!subteam^S0OWNERS> and <!here>', '#access and @owners and @here'],
    ['<https://example.com/a_b_c|the page> <https://example.com>', 'the page https://example.com'],
    ['a &lt;b&gt; &amp; c', 'a <b> & c'],
    ['5 * 3 * 2 and snake_case_name', '5 * 3 * 2 and snake_case_name'],
    [':lock: :not_an_emoji:', '🔒 :not_an_emoji:'],
    ['```\nlet x = *1*\n```', 'let x = *1*'],
    [`<!date^${noon}^{date_short_pretty} at {time}|fallback>`, 'today at 12:00 PM'],
  ])('%s is read as a person reads it', (source, expected) => {
    expect(shown(source)).toBe(expected)
  })

  test('becomes HTML with its marks, mentions and quotes', () => {
    const { markup } = renderMrkdwn(`*hi* <@${developer}>\n> quoted\n\`x<y\``, reader)
    expect(markup).toContain('<strong>hi</strong>')
    expect(markup).toContain('<span class="mention">@Developer on call</span>')
    expect(markup).toContain('<blockquote>quoted</blockquote>')
    expect(markup).toContain('<code>x&lt;y</code>')
  })

  test('is not read in plain text', () => {
    expect(textOfObject({ type: 'plain_text', text: '*a* <!channel>' }, reader)).toBe('*a* <!channel>')
  })
})

describe('dates', () => {
  test.each([
    ['{date_num} {time_secs}', '2026-11-23 12:00:00 PM'],
    ['{date_long}', 'Monday, November 23, 2026'],
    ['{date_short} {unknown}', 'Nov 23, 2026 {unknown}'],
  ])('%s is filled for the reader', (format, expected) => {
    expect(formatSlackDate(noon, format, reader)).toBe(expected)
  })

  test('follow the reader into their time zone', () => {
    expect(formatSlackDate(noon, '{time}', { ...reader, timeZone: 'Asia/Tokyo' })).toBe('9:00 PM')
  })

  test('say how far away they are', () => {
    expect(formatSlackDate(noon + 7200, '{ago}', reader)).toBe('in 2 hours')
    expect(formatSlackDate(noon - 86_400, '{date_pretty}', reader)).toBe('yesterday')
  })
})
