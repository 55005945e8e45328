import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { requestShortcut, slackPath } from '../../../src/chat/slack/settings.ts'
import { neededScopes, wantedScopes } from '../../../src/chat/slack/token.ts'
import { runCli } from '../../support/run-cli.ts'

const printed = async (...options: readonly string[]) => {
  const { out } = await runCli(['slack', 'manifest', ...options])
  return parse(out)
}
const shipped = parse(readFileSync(join(import.meta.dirname, '../../../manifests/slack.yaml'), 'utf8'))

describe('latchkey slack manifest', () => {
  test('without a host is the manifest that is shipped', async () => {
    expect(await printed()).toEqual(shipped)
  })

  test('with a host it lets Slack in by signed HTTP, at the path of the code, and changes nothing else', async () => {
    const made = await printed('--host', 'latchkey.example.com')
    const url = `https://latchkey.example.com${slackPath}`
    expect(made).toEqual({
      ...shipped,
      features: { ...shipped.features, slash_commands: [{ ...shipped.features.slash_commands[0], url }] },
      settings: {
        ...shipped.settings,
        event_subscriptions: { ...shipped.settings.event_subscriptions, request_url: url },
        interactivity: { is_enabled: true, request_url: url, message_menu_options_url: url },
        socket_mode_enabled: false,
      },
    })
  })

  test.each([[[]], [['--host', 'latchkey.example.com']]])(
    'asks for the scopes and the shortcut of the code: %j',
    async (options) => {
      const made = await printed(...options)
      expect(made.oauth_config.scopes.bot).toEqual([...neededScopes, ...wantedScopes].sort())
      expect(made.features.shortcuts).toMatchObject([{ callback_id: requestShortcut, type: 'global' }])
    },
  )

  test('offers the command and the name that were asked for', async () => {
    const made = await printed('--command', '/secrets', '--name', 'Secrets')
    expect(made.features.slash_commands[0].command).toBe('/secrets')
    expect([made.display_information.name, made.features.bot_user.display_name]).toEqual(['Secrets', 'Secrets'])
  })

  test.each([
    [['--host', 'not a host'], 'write a host name'],
    [['--host', 'host/with/path'], 'write a host name'],
    [['--command', 'vault'], 'write a slash'],
    [['--name', 'x'.repeat(36)], 'at most 35'],
  ])('refuses %j', async (options, words) => {
    expect(await runCli(['slack', 'manifest', ...options])).toMatchObject({
      code: 2,
      err: expect.stringContaining(words),
    })
  })
})
