import { Hono } from 'hono'
import { cleanLine } from '../domain/clean.ts'
import type { Entrance } from '../ports.ts'
import { typedCommand } from '../views/typed-command.ts'
import { linkMakerPage, longestText, requestPage } from './pages/request-pages.ts'

export type RequestPageOptions = {
  /** The chats in which people request. */
  readonly entrances: () => readonly Entrance[]
  /** The address at which browsers reach this server. */
  readonly publicUrl: string
}

/** The address of the page for a request in these words. */
const requestAddress = (publicUrl: string, text: string): string =>
  `${publicUrl}/request?${String(new URLSearchParams({ text })).replaceAll('%2F', '/')}`

/** People paste the whole command, whose beginning the page writes by itself. */
const withoutCommand = (text: string, entrances: readonly Entrance[]): string => {
  const typed = entrances
    .map(({ command }) => typedCommand(command, 'request'))
    .find((one) => `${text} `.startsWith(`${one} `))
  return typed === undefined ? text : text.slice(typed.length).trim()
}

/**
 * A link that leads to a filled request form. The page only shows the words of its address as a command. It asks no
 * vault and no database, so it reveals nothing, and it files nothing.
 */
export const requestRoutes = ({ entrances, publicUrl }: RequestPageOptions): Hono =>
  new Hono().get('/', (context) => {
    const given = context.req.query('text')
    if (given === undefined) return context.html(linkMakerPage(''))
    const text = withoutCommand(cleanLine(given).trim(), entrances())
    if (text === '') return context.html(linkMakerPage('', 'Write what is needed, for example a path.'), 400)
    if (text.length > longestText) {
      return context.html(linkMakerPage('', `Shorten it to ${longestText} characters.`), 400)
    }
    return context.html(requestPage(text, entrances(), requestAddress(publicUrl, text)))
  })
