import type { Notice } from '../domain/card.ts'
import type { Text, Tone } from './view-model.ts'

type Told = { readonly title: string; readonly tone: Tone; readonly text: Text; readonly after?: readonly Text[] }
type Stuck = Extract<Notice, { about: 'lease-stuck' | 'lease-gone' }>

/** What the vault could not end, for the owners; its words may name a table or a login, never a password. */
export const stuckLeaseNews = ({ about, integration, path, count, reason }: Stuck): Told => {
  const what: Text = [
    count === 1 ? 'A lease of ' : `${count} leases of `,
    { code: path },
    ' at ',
    { code: integration },
  ]
  if (about === 'lease-gone') {
    return {
      title: 'What outlived its access is gone',
      tone: 'good',
      text: [...what, ` that the vault had given up ${count === 1 ? 'is' : 'are'} gone.`],
    }
  }
  return {
    title: 'The vault could not end what it made',
    tone: 'bad',
    text: [
      ...what,
      ` could not be ended, and the vault has given up. The access is over, but what was made with it, such as a login, may still work. The vault says: ${reason}`,
    ],
    after: [['Remove the cause, such as what the login owns. Then an administrator of the vault ends it with:']],
  }
}
