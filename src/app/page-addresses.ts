import type { Notice } from '../domain/card.ts'
import type { FetchLinkId, GrantId, PersonId } from '../domain/ids.ts'
import type { Loaded } from '../ports.ts'
import type { CardContext } from '../views/card-context.ts'
import type { Deps, Settings } from './deps.ts'

type Given = Pick<Settings, 'linkBase' | 'linkConfirm' | 'hasIssuer'>

/** The page that gives an access after a sign-in. The id in it is no secret. */
export const accessPageAt = ({ linkBase }: Pick<Settings, 'linkBase'>, grant: GrantId): string =>
  `${linkBase}/fetch/access/${grant}`

/** The same for a message in chat; none where links need no sign-in. */
const accessPageOf = (settings: Given, grant: GrantId): string | undefined =>
  settings.linkConfirm === 'sign-in' ? accessPageAt(settings, grant) : undefined

/** The pages on which people do without a chat; none without an issuer. */
export const webPagesOf = ({ linkBase, hasIssuer }: Given): string | undefined =>
  hasIssuer ? `${linkBase}/access` : undefined

/** The page on which a link's person explains its alarm after a sign-in; none without an issuer. */
const alarmPageOf = ({ linkBase, hasIssuer }: Given, link: FetchLinkId): string | undefined =>
  hasIssuer ? `${linkBase}/fetch/alarm/${link}` : undefined

/** The page that makes links to a filled request form. */
export const linkMakerOf = ({ linkBase }: Pick<Settings, 'linkBase'>): string => `${linkBase}/request`

/** The link of an alarm, with the page that explains it. */
export const misusedLinkOf = async (
  { store, settings }: Pick<Deps, 'store' | 'settings'>,
  notice: Notice,
): Promise<Pick<CardContext, 'misusedLink' | 'alarmPage'>> => {
  const link = notice.about === 'link-misused' && notice.link && (await store.link({ id: notice.link }))
  if (!link) return {}
  const alarmPage = alarmPageOf(settings, link.id)
  return { misusedLink: link, ...(alarmPage && { alarmPage }) }
}

/** What a card needs to speak to the person with the access. */
export const toHolder = (
  { settings }: Pick<Deps, 'settings'>,
  { request, grant }: Loaded,
  reader: PersonId | 'channel',
): Pick<CardContext, 'holder' | 'isHolder' | 'accessPage'> => {
  const accessPage = grant && accessPageOf(settings, grant.id)
  const isHolder = reader === request.requester
  return { holder: request.requester, isHolder, ...(accessPage && { accessPage }) }
}
