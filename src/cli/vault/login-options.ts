import { readFileSync } from 'node:fs'
import { messageOf } from '../../domain/message-of.ts'
import { namespacedName } from '../options.ts'
import { usageError } from '../trouble.ts'

/** How Latchkey shall log in, as commander returns it. */
export type LoginOptions = {
  readonly login?: string
  readonly loginMount?: string
  /** `NAMESPACE/NAME`. */
  readonly serviceAccount?: string
  readonly audience?: string
  readonly subject?: string
  readonly kubernetesHost?: string
  readonly kubernetesCaFile?: string
  readonly reviewerTokenFile?: string
  readonly issuer?: string
  readonly jwtKeys?: string
}

/** The login that the role at the vault is for. */
export type LoginSettings =
  | { readonly way: 'approle' }
  | {
      readonly way: 'kubernetes'
      readonly namespace: string
      readonly serviceAccount: string
      readonly audience: string
      /** Absent: the mount keeps its configuration; a new one asks the cluster of the vault's own pod. */
      readonly outside?: OutsideOfCluster
    }
  | {
      readonly way: 'jwt'
      readonly subject: string
      readonly audience: string
      /** Whom the mount trusts; absent: as it is configured. */
      readonly trusts?: { readonly issuer: string; readonly keysFile?: string }
    }

/** How a vault that runs elsewhere asks the cluster: its API server, authority, and the token that may ask. */
export type OutsideOfCluster = { readonly host: string; readonly caFile: string; readonly reviewerFile: string }

/** What the role at the vault says already. */
export type PresentLogin = {
  readonly namespace?: string | undefined
  readonly serviceAccount?: string | undefined
  readonly subject?: string | undefined
  readonly audience?: string | undefined
}

/** The usual mount of each way in, but for an AppRole. */
export const usualLoginMounts = { kubernetes: 'kubernetes', jwt: 'jwt' } as const

/** Stands for what the vault may say. */
const unread: PresentLogin = { namespace: 'unread', serviceAccount: 'unread', subject: 'unread', audience: 'unread' }

/** Checks the options of the login. What no option names comes from the present role. */
export const loginSettings = (options: LoginOptions, read: PresentLogin | 'unread' | undefined): LoginSettings => {
  const { login = 'approle' } = options
  const present = read === 'unread' ? unread : read
  if (login === 'approle') return { way: 'approle' }
  if (login === 'kubernetes') return kubernetes(options, present)
  if (login === 'jwt') return jwt(options, present)
  throw usageError(`--login ${login}: write approle, kubernetes or jwt`)
}

const kubernetes = (options: LoginOptions, present: PresentLogin | undefined): LoginSettings => {
  const account = options.serviceAccount ?? [present?.namespace, present?.serviceAccount].join('/')
  const named = namespacedName(account)
  if (!named)
    throw usageError(
      options.serviceAccount === undefined
        ? '--login kubernetes: name the account of Latchkey’s pod with --service-account NAMESPACE/NAME'
        : `--service-account ${options.serviceAccount}: write NAMESPACE/NAME, without wildcards, as in latchkey/latchkey`,
    )
  return {
    way: 'kubernetes',
    namespace: named.namespace,
    serviceAccount: named.name,
    audience: exact('--audience', options.audience ?? present?.audience ?? 'vault'),
    ...outsideOf(options),
  }
}

/** A token for the vault cannot ask the API server about itself: its audience is another. So a second one is needed. */
const outsideOf = ({
  kubernetesHost: host,
  kubernetesCaFile: caFile,
  reviewerTokenFile: reviewerFile,
}: LoginOptions) => {
  if (host === undefined && caFile === undefined && reviewerFile === undefined) return {}
  if (host === undefined || caFile === undefined || reviewerFile === undefined)
    throw usageError(
      'a vault outside of the cluster needs all three: --kubernetes-host, --kubernetes-ca-file and --reviewer-token-file; or use --login jwt',
    )
  textOf('--kubernetes-ca-file', caFile)
  textOf('--reviewer-token-file', reviewerFile)
  return { outside: { host: httpsAddress('--kubernetes-host', host), caFile, reviewerFile } }
}

const jwt = (options: LoginOptions, present: PresentLogin | undefined): LoginSettings => {
  const subject = options.subject ?? present?.subject
  const audience = options.audience ?? present?.audience
  if (!subject) throw usageError('--login jwt: name the subject of Latchkey’s token with --subject')
  if (!audience) throw usageError('--login jwt: name the audience of Latchkey’s token with --audience')
  const { issuer, jwtKeys } = options
  if (jwtKeys !== undefined && issuer === undefined)
    throw usageError('--jwt-keys: name the issuer, too, with --issuer, so that no other token counts')
  if (jwtKeys !== undefined) textOf('--jwt-keys', jwtKeys)
  return {
    way: 'jwt',
    subject: exact('--subject', subject),
    audience: exact('--audience', audience),
    ...(issuer !== undefined && {
      trusts: {
        issuer: jwtKeys === undefined ? httpsAddress('--issuer', issuer) : issuer,
        ...(jwtKeys !== undefined && { keysFile: jwtKeys }),
      },
    }),
  }
}

/** A pattern would let others in. */
const exact = (option: string, text: string): string => {
  if (text !== '' && !/[*\s]/.test(text)) return text
  throw usageError(`${option} "${text}": write the exact value, without wildcards and spaces`)
}

const httpsAddress = (option: string, text: string): string => {
  if (/^https:\/\/[^\s?#@]+$/.test(text)) return text
  throw usageError(`${option} ${text}: write an address such as https://10.0.0.1:6443`)
}

const textOf = (option: string, file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw usageError(`${option} ${file}: ${messageOf(error)}`)
  }
}
