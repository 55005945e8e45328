import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { developer, lead, type Pair, startPair } from './bolt-app.ts'
import { requestModal, scriptedApp } from './scripted-app.ts'

let pair: Pair
beforeEach(async () => {
  pair = await startPair()
  scriptedApp(pair.app)
})
afterEach(() => pair.stop())

describe('a Bolt app behind signed HTTP', () => {
  test('answers a slash command with a line that only the person sees', async () => {
    const person = pair.slack.person(developer)
    const answer = await person.command('help')
    expect(answer).toMatchObject({ ok: true, status: 200 })
    expect(person.inbox().map((message) => message.text)).toEqual(['Try: request'])
    expect(person.inbox()[0]?.ephemeralFor).toBe(developer)
    expect(pair.slack.person(lead).inbox()).toEqual([])
  })

  test('opens a modal, takes its values and posts a card that another person decides', async () => {
    const person = pair.slack.person(developer)
    await person.command('request')
    expect(await person.waitForView('request')).toMatchObject({
      title: 'Request access',
      submit: 'Send',
      callbackId: 'request',
    })

    await person.fill('Reason', 'deploy failed')
    await person.pick('Role', 'Read only')
    expect(await person.typeahead('Secret', 'data')).toHaveLength(2)
    await person.pick('Secret', 'database/orders', { query: 'data' })
    const change = pair.slack.until(() => pair.slack.person(lead).inbox()[0])
    const answer = await person.submit()
    expect(answer).toMatchObject({ ok: true, closed: true, sent: true, errors: {} })
    expect(person.view()).toBeUndefined()

    const card = await change
    const approver = pair.slack.person(lead)
    expect(approver.textOf(card)).toContain('@Developer on call asks for database/orders (read)')
    const clicked = await approver.click(card, 'Approve')
    expect(clicked.confirm).toMatchObject({ title: 'Approve?', text: 'This opens access.' })
    await pair.slack.until(() => approver.inbox()[0]?.version === 2)
    const decided = approver.inbox()[0]
    expect(decided && approver.textOf(decided)).toBe('Approved by @Team lead')
    await expect(approver.click(card, 'Approve')).rejects.toThrow('no button "Approve"; there are: none')
  })

  test('shows the errors of a submission beside their fields and keeps the modal open', async () => {
    const person = pair.slack.person(developer)
    await person.command('request')
    await person.waitForView('request')
    await person.fill('Reason', 'short')
    await person.pick('Role', 'Read only')
    await person.pick('Secret', 'database/orders', { query: 'data' })
    expect(await person.submit()).toMatchObject({ closed: false, errors: { Reason: 'Say more' } })
    expect(person.view()?.errors).toEqual({ Reason: 'Say more' })
    await person.fill('Reason', 'long enough a reason')
    expect(await person.submit()).toMatchObject({ closed: true })
  })

  test('is not asked before the required fields are filled', async () => {
    const person = pair.slack.person(developer)
    await person.command('request')
    await person.waitForView('request')
    const before = pair.slack.deliveries().length
    const answer = await person.submit()
    expect(answer).toMatchObject({ sent: false, closed: false })
    expect(answer.errors).toMatchObject({ Reason: 'Please complete this required field.' })
    expect(pair.slack.deliveries()).toHaveLength(before)
  })

  test('hears of a menu at once when the input says dispatch_action, with what was entered so far', async () => {
    const person = pair.slack.person(developer)
    await person.command('request')
    await person.waitForView('request')
    await person.fill('Reason', 'deploy failed')
    await person.pick('Role', 'Read and write')
    await pair.slack.until(() => person.view()?.text.includes('Writing needs two approvals'))
    expect(person.view()?.fields.find((field) => field.label === 'Reason')?.value).toBe('deploy failed')
  })

  test('refuses a wrong signature, a missing one and an old timestamp', async () => {
    const person = pair.slack.person(developer)
    expect(await person.command('help', { signature: 'wrong' })).toMatchObject({ status: 401, ok: false })
    expect(await person.command('help', { signature: 'missing' })).toMatchObject({ ok: false })
    expect(await person.command('help', { shiftSeconds: -301 })).toMatchObject({ status: 401, ok: false })
    expect(person.inbox().every((message) => message.isFailure)).toBe(true)
  })

  test('is spoken to in exactly the content type that Slack uses', async () => {
    await pair.slack.person(developer).command('help me')
    const [sent] = pair.slack.deliveries()
    expect(sent?.headers['content-type']).toBe('application/x-www-form-urlencoded')
    const fields = Object.fromEntries(new URLSearchParams(sent?.body))
    expect(fields).toMatchObject({
      command: '/vault',
      text: 'help me',
      user_id: developer,
      channel_id: 'D0DEVELOPER',
      channel_name: 'directmessage',
      team_id: 'T0TEAM',
      team_domain: 'example',
      is_enterprise_install: 'false',
    })
    expect(fields.response_url).toContain(pair.slack.url)
  })

  test('gets the same bytes again in a replay', async () => {
    await pair.slack.person(developer).command('help')
    expect(await pair.slack.replay()).toMatchObject({ status: 200, body: 'Try: request' })
  })

  test('tells the person when the app does not answer in time', async () => {
    const impatient = await startPair({ answerWithinMilliseconds: 100 })
    scriptedApp(impatient.app)
    const person = impatient.slack.person(developer)
    expect(await person.command('sleep')).toMatchObject({ ok: false, error: 'operation_timeout' })
    expect(person.inbox()[0]?.text).toContain('operation_timeout')
    await impatient.stop()
  })

  test('can refuse a view that breaks a limit, with the place of the mistake', async () => {
    const modal = requestModal()
    const call = pair.app.client.views.publish({
      user_id: developer,
      view: { type: 'home', blocks: [{ type: 'header', text: { type: 'plain_text', text: 'x'.repeat(151) } }] },
    })
    await expect(call).rejects.toMatchObject({
      data: {
        error: 'invalid_arguments',
        response_metadata: {
          messages: ['[ERROR] must be less than 151 characters [json-pointer:/view/blocks/0/text/text]'],
        },
      },
    })
    expect(modal.type).toBe('modal')
  })
})
