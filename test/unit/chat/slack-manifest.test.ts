import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { requestShortcut, slackPath } from '../../../src/chat/slack/settings.ts'
import { neededScopes, wantedScopes } from '../../../src/chat/slack/token.ts'
import { helpList } from '../../../src/views/help.ts'
import { wordsOf } from '../views/subjects.ts'

const root = `${import.meta.dirname}/../../..`
const source = readFileSync(`${root}/manifests/slack.yaml`, 'utf8')
// Limits from the manifest's public reference.
const manifest = z
  .strictObject({
    _metadata: z.strictObject({ major_version: z.literal(1) }),
    display_information: z.strictObject({
      name: z.string().max(35),
      description: z.string().max(140),
      background_color: z.string().regex(/^#[0-9a-f]{6}$/),
    }),
    features: z.strictObject({
      app_home: z.strictObject({
        home_tab_enabled: z.literal(true),
        messages_tab_enabled: z.literal(true),
        messages_tab_read_only_enabled: z.literal(true),
      }),
      bot_user: z.strictObject({ display_name: z.string().max(80), always_online: z.boolean() }),
      shortcuts: z.array(
        z.strictObject({
          name: z.string().max(24),
          type: z.enum(['global', 'message']),
          callback_id: z.string().max(255),
          description: z.string().max(150),
        }),
      ),
      slash_commands: z.array(
        z.strictObject({
          command: z.string().max(32),
          description: z.string().max(2000),
          usage_hint: z.string().max(1000),
          should_escape: z.boolean(),
        }),
      ),
    }),
    oauth_config: z.strictObject({ scopes: z.strictObject({ bot: z.array(z.string()) }) }),
    settings: z.strictObject({
      event_subscriptions: z.strictObject({ bot_events: z.array(z.string()) }),
      interactivity: z.strictObject({ is_enabled: z.literal(true) }),
      org_deploy_enabled: z.boolean(),
      socket_mode_enabled: z.literal(true),
      token_rotation_enabled: z.literal(false),
    }),
  })
  .parse(parse(source))

test('the manifest offers the command and the shortcut that the code answers', () => {
  expect(manifest.features.slash_commands.map(({ command }) => command)).toEqual(['/vault'])
  expect(manifest.features.shortcuts.map(({ callback_id, type }) => [callback_id, type])).toEqual([
    [requestShortcut, 'global'],
  ])
})

test('its hint names every word that the help explains', () => {
  const hint = manifest.features.slash_commands[0]?.usage_hint ?? ''
  const words = [...wordsOf(helpList({ command: '/vault' })).matchAll(/\/vault ([a-z]+)/g)].map(
    ([, word]) => word ?? '',
  )
  for (const word of words) expect(hint).toContain(word)
})

test('it subscribes to the events that the code answers', () => {
  const handlers = readFileSync(`${root}/src/chat/slack/handlers.ts`, 'utf8')
  const answered = [...handlers.matchAll(/app\.event\('([a-z_]+)'/g)].map(([, event]) => event)
  expect(manifest.settings.event_subscriptions.bot_events).toEqual(answered)
})

test('it asks for the scopes that the start checks and for those that tell shared channels, and no other', () => {
  expect(manifest.oauth_config.scopes.bot).toEqual([...neededScopes, ...wantedScopes].sort())
})

test('it names the path at which signed requests are answered', () => {
  expect(source).toContain(`https://YOUR-HOST${slackPath}`)
})

test('every Web API method in the code is covered by a scope, and none needs more', () => {
  const scopeOf: Record<string, (typeof neededScopes)[number] | undefined> = {
    'auth.test': undefined,
    'views.open': undefined,
    'views.update': undefined,
    'views.publish': undefined,
    'chat.postMessage': 'chat:write',
    'chat.postEphemeral': 'chat:write',
    'chat.update': 'chat:write',
    'conversations.open': 'im:write',
    'users.info': 'users:read',
    'bots.info': 'users:read',
    'conversations.info': undefined, // `wantedScopes`, and nothing breaks without
  }
  const files = readdirSync(`${root}/src/chat/slack`)
  const code = files.map((file) => readFileSync(`${root}/src/chat/slack/${file}`, 'utf8')).join('\n')
  const called = new Set([...code.matchAll(/calling\('([a-zA-Z.]+)'/g)].map(([, method]) => method ?? ''))
  expect([...called].sort()).toEqual(Object.keys(scopeOf).sort())
  const used = new Set([...Object.values(scopeOf).filter((scope) => scope !== undefined), 'commands'])
  expect([...used].sort()).toEqual([...neededScopes])
})
