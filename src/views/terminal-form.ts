import type { SessionRights } from '../domain/session.ts'
import { bare } from './copy.ts'
import type { FormView, MessageView, Text } from './view-model.ts'

/** What a terminal may do in its person's name. */
const rightsText: { readonly [Rights in SessionRights]: string } = {
  own: 'ask in your name, and fetch and end your own access',
  all: 'do in your name what you may do here: ask, fetch, decide and end access',
}

/** Asks whether a terminal may in. The machine's name is its own word, so the address stands beside it. */
export const terminalForm = (
  code: string,
  { label, address, rights }: { readonly label: string; readonly address: string; readonly rights: SessionRights },
): FormView => ({
  title: 'Sign this terminal in?',
  submit: { label: 'Sign it in', command: { form: 'terminal', code } },
  close: 'Not now',
  fields: [
    { label: 'Machine', value: [{ code: label }] },
    { label: 'Called from', value: [{ code: address }, ' (the proxy’s own, if one stands between)'] },
    { label: 'It may', value: [rightsText[rights]] },
    { label: 'For', value: ['12 hours at most'] },
  ],
  notes: [
    [
      'Sign it in only if you ran ',
      { code: 'latchkey sign-in' },
      ' there yourself, just now. Somebody who sends you a code wants to act in your name.',
    ],
  ],
  inputs: [],
  actions: [],
})

/** For a chat in which typed words cannot open a form: the button that opens the question. */
export const terminalBehindButton = (code: string): MessageView => ({
  ...bare(['Is this the code of your terminal? ', { code }]),
  actions: [{ label: 'Open the form', style: 'primary', command: { do: 'terminal', code } }],
})

/** After the question. */
export const terminalIsIn: Text = [
  'The terminal is signed in. Go on there. ',
  { code: 'latchkey sign-out' },
  ' ends that, and so do 12 hours.',
]
