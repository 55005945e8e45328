import type { Handle } from '../../domain/connector.ts'
import type { Usage } from '../../domain/credential.ts'
import type { Item } from '../../domain/resource.ts'
import type { Secret } from '../../domain/secret.ts'
import type { Description } from '../../ports.ts'
import type { Authority } from './authority.ts'
import type { Flavour, VaultContext } from './context.ts'
import { allMounts } from './engines.ts'
import { readHandle } from './handle.ts'
import { resourceTypeOf, splitPath } from './resource-types.ts'
import { quoted } from './shell-words.ts'
import { waysOf } from './ways.ts'
import { loginOf, type UsedBy } from './workload-usage.ts'

type Where = Pick<VaultContext, 'params' | 'mounts' | 'integration' | 'authority'> &
  Partial<Pick<VaultContext, 'databaseRoles'>>

/** The program of the product. */
export const program = (flavour: Flavour): string => (flavour === 'openbao' ? 'bao' : 'vault')

/** The commands to type after the login, the lines of each item, without a credential. */
export const commandsFor = (
  { mounts }: Pick<Where, 'params' | 'mounts'>,
  flavour: Flavour,
  items: readonly Item[],
): readonly string[] =>
  kindsOf({ mounts }, items).flatMap(
    ({ permitted, place }) => permitted?.commands(program(flavour), place, mounts) ?? [],
  )

const addressOf = ({ params: { externalUrl, internalUrl, namespace } }: Pick<Where, 'params'>) => ({
  address: externalUrl ?? internalUrl,
  ...(namespace !== undefined && { namespace }),
})

const authorityFor = ({ params, authority }: Pick<Where, 'params' | 'authority'>): Authority | undefined => {
  const { address } = addressOf({ params })
  const pem = address.startsWith('https:') ? authority() : undefined
  return pem === undefined ? undefined : { pem, isElsewhere: address !== params.internalUrl }
}

/** The vault for people, before they have any access. */
export const describe = (where: Pick<Where, 'params' | 'mounts'>, flavour: Flavour): Description => ({
  ...addressOf(where),
  product: flavour,
  program: program(flavour),
  mounts: allMounts(where.mounts).map((mount) => `${mount}/`),
})

const kindsOf = ({ mounts }: Pick<Where, 'mounts'>, items: readonly Item[]) =>
  items.flatMap(({ type, path, permission }) => {
    const kind = resourceTypeOf(type)
    const place = kind && splitPath(path, mounts[kind.engine], kind.covers === 'beneath')
    return kind && place ? [{ kind, place, permitted: kind.permissions.get(permission) }] : []
  })

/** What of the items outlasts the end of the access, each sentence once. */
export const cannotEnd = (
  { mounts, databaseRoles }: Pick<Where, 'mounts' | 'databaseRoles'>,
  items: readonly Item[],
): readonly string[] => {
  const settings = { ...mounts, ...(databaseRoles && { databaseRoles }) }
  const sentences = kindsOf({ mounts }, items).flatMap(
    ({ permitted, place }) => permitted?.ending?.(settings, place).cannotEnd ?? [],
  )
  return [...new Set(sentences)]
}

/** How the holder of a token uses it, and how a workload gets one. */
export const usageOf = (where: Where, flavour: Flavour, items: readonly Item[], used?: UsedBy): Usage => {
  const { integration, mounts } = where
  const commands = commandsFor(where, flavour, items)
  const login = used && loginOf(where, program(flavour), used)
  const authority = authorityFor(where)
  const ways = waysOf({ ...addressOf(where), integration, mounts, commands, authority }, flavour, items, {
    login: login && { ...login, workload: used.workload },
  })
  const outlasts = cannotEnd(where, items)
  const kinds = kindsOf(where, items)
  const fillIn = [...new Set(kinds.flatMap(({ permitted }) => permitted?.fillIn ?? []))]
  return {
    ...{ ...addressOf(where), commands, ways },
    ...(outlasts.length > 0 && { outlasts }),
    ...(fillIn.length > 0 && { fillIn }),
    ...(kinds.some(({ kind }) => kind.page) && { hasPage: true }),
    ...(login && { login }),
  }
}

/**
 * The address that opens the vault's own web pages, signed in, at the first item that has a page. The browser unwraps
 * the token itself (measured: the self-service rights of a grant are enough).
 */
export const signInAddress = (
  { params, mounts }: Pick<Where, 'params' | 'mounts'>,
  flavour: Flavour,
  items: readonly Item[],
  token: Secret,
): string => {
  const pages = kindsOf({ mounts }, items).flatMap(({ kind, place }) => kind.page?.(flavour, place) ?? [])
  const query = {
    ...(pages[0] !== undefined && { redirect_to: pages[0] }),
    with: 'token',
    ...(params.namespace !== undefined && { namespace: params.namespace }),
    wrapped_token: token.reveal(),
  }
  const pairs = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
  return `${params.externalUrl ?? params.internalUrl}/ui/vault/auth?${pairs.join('&')}`
}

/**
 * The command with which an administrator ends a grant by hand: without its policies its tokens can do nothing. What they
 * made may need their end too.
 */
export const manualRevoke = ({ params }: Pick<Where, 'params'>, flavour: Flavour, handle: Handle): string => {
  const namespace = params.namespace === undefined ? '' : ` ${quoted(`-namespace=${params.namespace}`)}`
  const { policies, accessors, endsBy } = readHandle(handle)
  const tokens = endsBy === 'token' ? accessors : []
  return [
    ...policies.map((name) => `${program(flavour)} policy delete${namespace} ${name}`),
    ...tokens.map((accessor) => `${program(flavour)} token revoke${namespace} -accessor ${quoted(accessor)}`),
  ].join(' && ')
}
