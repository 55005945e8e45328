import type { RequestId } from '../../../domain/ids.ts'
import { openAccessAction } from '../../../views/card-actions.ts'
import type { Action } from '../../../views/view-model.ts'

/** Where a button of the chat leads on the web. */
export type Link = { readonly href: string; readonly label: string; readonly isFirst: boolean }

/** The addresses of our pages, as a browser reaches them. */
export type Ways = {
  /** The address of a page, such as `ask`. */
  to(page: string): string
  request(id: RequestId): string
  /** `undefined` for a button that the pages do not need. */
  linkOf(action: Action, among: readonly Action[]): Link | undefined
}

/** A proxy may serve us beneath a path. */
export const waysAt = (publicUrl: string): Ways => {
  const base = new URL(publicUrl).pathname.replace(/\/$/, '')
  const to = (page: string) => (page === '' ? `${base}/access` : `${base}/access/${page}`)
  const hrefOf = (action: Action): string | undefined => {
    if ('url' in action) return action.url
    const { command } = action
    switch (command.do) {
      case 'request':
        return to('ask')
      // The page names them all by itself; the others are answers in chat alone.
      case 'show-items':
      case 'ask-administrators':
      case 'terminal':
      case 'answer-trial':
        return undefined
      case 'get-link':
        return `${base}/fetch/access/${command.grant}`
      case 'authorise':
      case 'deny-control-group':
        return to(`control-groups/${command.controlGroup}/${command.do}`)
      default:
        return 'grant' in command
          ? to(`grants/${command.grant}/${command.do}`)
          : to(`requests/${command.request}/${command.do}`)
    }
  }
  return {
    to,
    request: (id) => to(`requests/${id}`),
    linkOf(action, among) {
      const href = hrefOf(action)
      const isLink = 'command' in action && action.command.do === 'get-link'
      // The page of the access is behind both buttons.
      if (href === undefined || (isLink && among.some((other) => 'url' in other))) return undefined
      const { label } = isLink ? openAccessAction(href) : action
      return { href, label, isFirst: action.style === 'primary' }
    },
  }
}
